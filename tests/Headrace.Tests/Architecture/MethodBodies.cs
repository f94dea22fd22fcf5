using System.Reflection;
using System.Reflection.Emit;

namespace Headrace.Tests.Architecture;

/// <summary>Reads the IL of methods: the members that they refer to, and the strings that they contain.</summary>
internal static class MethodBodies
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

    /// <summary>Returns the fields that a type declares.</summary>
    public static IEnumerable<FieldInfo> Fields(Type type) => type.GetFields(Own);

    /// <summary>Returns the methods and constructors that a type declares.</summary>
    public static IEnumerable<MethodBase> Methods(Type type) => type.GetMembers(Own).OfType<MethodBase>();

    /// <summary>Returns the types, methods and fields that a method refers to.</summary>
    public static IEnumerable<MemberInfo> Members(MethodBase method)
    {
        var typeArguments = method.DeclaringType!.GetGenericArguments();
        var methodArguments = method.IsGenericMethodDefinition ? method.GetGenericArguments() : [];
        foreach (var (operand, token) in Tokens(method))
            if (
                operand is not OperandType.InlineString
                && method.Module.ResolveMember(token, typeArguments, methodArguments) is { } member
            )
                yield return member;
    }

    /// <summary>Returns the string literals that a method contains.</summary>
    public static IEnumerable<string> Strings(MethodBase method) =>
        Tokens(method)
            .Where(token => token.Operand == OperandType.InlineString)
            .Select(token => method.Module.ResolveString(token.Value));

    private static IEnumerable<(OperandType Operand, int Value)> Tokens(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } il)
            yield break;
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
                    or OperandType.InlineString
                    or OperandType.InlineTok
                    or OperandType.InlineType
            )
                yield return (operand, BitConverter.ToInt32(il, i));
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
}
