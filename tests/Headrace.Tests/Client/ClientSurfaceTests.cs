using System.Reflection;
using System.Runtime.CompilerServices;
using Headrace.Client;
using Headrace.Tests.House;
using Xunit;

namespace Headrace.Tests.Client;

/// <summary>
/// What programs can call. A change here is a change for every user: it belongs into the file beside this one on
/// purpose, and into the CHANGELOG.
/// </summary>
public sealed class ClientSurfaceTests
{
    [Fact]
    public void Public_members_are_those_of_the_committed_list()
    {
        var committed = Repository.Read("tests/Headrace.Tests/Client/ClientSurface.txt");

        var actual = string.Concat(Surface().Select(line => line + "\n"));

        Assert.True(
            committed == actual,
            $"The public members have changed. If that is meant, ClientSurface.txt is now:\n{actual}"
        );
    }

    private static IEnumerable<string> Surface() =>
        from type in typeof(HeadraceClient).Assembly.GetExportedTypes()
        orderby type.FullName
        from line in new[] { type.FullName! }.Concat(Members(type).Select(m => "  " + m).Order(StringComparer.Ordinal))
        select line;

    // What the compiler adds to every record and enum says nothing.
    private static IEnumerable<string> Members(Type type) =>
        from member in type.GetMembers(
            BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly
        )
        where
            member is not MethodInfo { IsSpecialName: true }
            && member.GetCustomAttribute<CompilerGeneratedAttribute>() is null
        where member.Name is not ("Equals" or "GetHashCode" or "ToString" or "Deconstruct" or "value__" or "<Clone>$")
        select member.ToString();
}
