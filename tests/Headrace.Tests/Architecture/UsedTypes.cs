using System.Reflection;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Determines which types the types in an assembly use, based on the assembly's metadata and IL. Unlike a search for
/// <c>using</c> lines, this finds qualified names and values whose type the source code never names. Constants leave no
/// trace in IL.
/// </summary>
internal static class UsedTypes
{
    /// <summary>
    /// Returns each type together with every type that it uses. A generic type is listed without its type arguments,
    /// and a nested type as the type that contains it.
    /// </summary>
    public static IReadOnlySet<(Type User, Type Used)> In(Assembly assembly)
    {
        var pairs = new HashSet<(Type, Type)>();
        foreach (var type in assembly.GetTypes())
            foreach (var used in Of(type))
                pairs.Add((Outermost(type), Outermost(used)));
        return pairs;
    }

    /// <summary>Returns the containing type if the type is nested; otherwise, returns the type itself.</summary>
    public static Type Outermost(Type type)
    {
        while (type.DeclaringType is { } outer)
            type = outer;
        return type;
    }

    private static IEnumerable<Type> Of(Type type)
    {
        var named = new List<Type?> { type.BaseType };
        named.AddRange(type.GetInterfaces());
        named.AddRange(MethodBodies.Fields(type).Select(field => field.FieldType));
        foreach (var method in MethodBodies.Methods(type))
            named.AddRange(Of(method));
        named.AddRange(type.CustomAttributes.Select(attribute => attribute.AttributeType));
        return named.SelectMany(Parts);
    }

    private static IEnumerable<Type?> Of(MethodBase method)
    {
        foreach (var parameter in method.GetParameters())
            yield return parameter.ParameterType;
        if (method is MethodInfo { ReturnType: var result })
            yield return result;
        if (method.GetMethodBody() is not { } body)
            yield break;
        foreach (var local in body.LocalVariables)
            yield return local.LocalType;
        foreach (var clause in body.ExceptionHandlingClauses)
            if (clause.Flags == ExceptionHandlingClauseOptions.Clause)
                yield return clause.CatchType;
        foreach (var member in MethodBodies.Members(method))
        {
            yield return member as Type ?? member.DeclaringType;
            if (member is MethodInfo called)
            {
                yield return called.ReturnType;
                foreach (var argument in called.IsGenericMethod ? called.GetGenericArguments() : [])
                    yield return argument;
            }
            else if (member is FieldInfo field)
            {
                yield return field.FieldType;
            }
        }
    }

    /// <summary>Returns the type itself, the element type of an array or pointer, and its type arguments.</summary>
    private static IEnumerable<Type> Parts(Type? type)
    {
        while (type is { HasElementType: true })
            type = type.GetElementType();
        if (type is null || type.IsGenericParameter)
            yield break;
        yield return type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        foreach (var argument in type.GetGenericArguments())
            foreach (var part in Parts(argument))
                yield return part;
    }
}
