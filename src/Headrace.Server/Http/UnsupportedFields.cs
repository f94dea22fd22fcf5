namespace Headrace.Server.Http;

/// <summary>
/// Members of the contract that this version does not support. The server rejects them by name, because ignoring a
/// member would change the meaning of the request.
/// </summary>
internal static class UnsupportedFields
{
    public static readonly IReadOnlyList<string> JobMembers = ["fairnessKey", "dependsOn", "parent"];
}
