namespace Headrace.Server.Http;

/// <summary>
/// Request members that the contract defines but this version does not support. The server rejects them and names them
/// in the error message, because ignoring them would change the meaning of the request.
/// </summary>
internal static class UnsupportedFields
{
    public static readonly IReadOnlyList<string> JobMembers = ["fairnessKey", "dependsOn", "parent"];
}
