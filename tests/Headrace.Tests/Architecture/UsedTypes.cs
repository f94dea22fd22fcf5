using System.Reflection;
using System.Reflection.Emit;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Determines from the metadata and IL of an assembly which types its types use. Unlike a search for <c>using</c>
/// lines, this finds qualified names and values whose type the source code never names. Constants leave no trace in IL.
/// </summary>
internal static class UsedTypes
{
    private const BindingFlags Own =
        BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<int, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (int)(ushort)code.Value);

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

    private static IEnumerable<Type> Of(Type type)
    {
        var named = new List<Type?> { type.BaseType };
        named.AddRange(type.GetInterfaces());
        named.AddRange(type.GetFields(Own).Select(field => field.FieldType));
        foreach (var method in type.GetMembers(Own).OfType<MethodBase>())
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
        var typeArguments = method.DeclaringType!.GetGenericArguments();
        var methodArguments = method.IsGenericMethodDefinition ? method.GetGenericArguments() : [];
        foreach (var token in Tokens(body.GetILAsByteArray()!))
        {
            var member = method.Module.ResolveMember(token, typeArguments, methodArguments);
            yield return member as Type ?? member?.DeclaringType;
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

    private static IEnumerable<int> Tokens(byte[] il)
    {
        for (var i = 0; i < il.Length;)
        {
            int value = il[i++];
            if (value == 0xFE)
                value = 0xFE00 | il[i++];
            var operand = OpCodesByValue[value].OperandType;
            if (
                operand
                is OperandType.InlineField
                    or OperandType.InlineMethod
                    or OperandType.InlineTok
                    or OperandType.InlineType
            )
                yield return BitConverter.ToInt32(il, i);
            i += operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, i)),
                _ => 4,
            };
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

    private static Type Outermost(Type type)
    {
        while (type.DeclaringType is { } outer)
            type = outer;
        return type;
    }
}
