using Headrace.Server.Access;

namespace Headrace.Tests.Support;

/// <summary>Callers for tests of code that does not depend on what the caller may do.</summary>
internal static class TestCallers
{
    /// <summary>A caller that may do everything.</summary>
    public static readonly Caller Ada = new("ada", [new Grant(Role.Admin)]);
}
