using Headrace.Apps.Benchop.Methods;
using Headrace.Protocol.Json;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>
/// The Octave methods that workers offer. <c>headrace methods install BSeuCallUI_mine.m</c> registers the function as
/// <c>benchop.mine.bseucallui</c>; the functions with the same middle part are one method.
/// </summary>
internal static class OctaveMethods
{
    public const string Prefix = "benchop.";

    public static IReadOnlyList<OctaveMethod> Of(IEnumerable<MethodReply> offered) =>
        [
            .. from reply in offered
            let parts = reply.Name.Split('.')
            where reply.Name.StartsWith(Prefix, StringComparison.Ordinal) && parts.Length == 3
            group (Function: parts[2], reply.Name, reply.Version) by parts[1] into method
            orderby method.Key
            select new OctaveMethod(
                // If a built-in method has the same name, the extension .m is added to the name.
                MethodCatalogue.Find(method.Key)
                    is null
                    ? method.Key
                    : $"{method.Key}.m",
                method.Key,
                method
                    .GroupBy(function => function.Function)
                    .ToDictionary(
                        versions => versions.Key,
                        versions => $"{versions.First().Name}@{versions.Max(function => function.Version)}"
                    )
            ),
        ];

    /// <summary>Finds a method by its name, with or without the extension.</summary>
    public static OctaveMethod? Find(IEnumerable<OctaveMethod> methods, string name) =>
        methods.FirstOrDefault(method =>
            name.Equals(method.Name, StringComparison.OrdinalIgnoreCase)
            || name.Equals($"{method.Key}.m", StringComparison.OrdinalIgnoreCase)
        );
}
