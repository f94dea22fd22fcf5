using Headrace.Server.Access;

namespace Headrace.Tests.Support;

/// <summary>Callers for tests of code that does not depend on the caller's permissions.</summary>
internal static class TestCallers
{
    /// <summary>A caller with all permissions.</summary>
    public static readonly Caller Ada = new("ada", [new Grant(Role.Admin)]);
}
