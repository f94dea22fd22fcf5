namespace Headrace.Server.Http;

/// <summary>
/// Parts of the contract that this version does not build: whoever uses one is told so by name, for to ignore one would
/// be to do something else than asked.
/// </summary>
internal static class UnsupportedFields
{
    public static readonly IReadOnlyList<string> JobMembers = ["fairnessKey", "tags", "dependsOn", "parent"];

    public static readonly IReadOnlyList<string> FilterQualifiers = ["tag", "key", "text", "from", "to", "age"];
}
