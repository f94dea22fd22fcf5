using System.Reflection;
using Headrace.Tests.Bridges;
using Headrace.Tests.Cli;
using Headrace.Tests.Server.Takeover;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Tests that every test class that can start a server process has the trait <c>Needs=Servers</c>, so that <c>./test
/// --fast</c> starts no server.
/// </summary>
public sealed class ServerTraitTests
{
    private static readonly Type[] Servers = [typeof(RunningServer), typeof(ProcessScene), typeof(RedisServer)];

    [Fact]
    public void A_test_class_that_starts_a_server_process_carries_the_trait()
    {
        var classes = UsedTypes
            .In(typeof(ServerTraitTests).Assembly)
            .Where(pair => Servers.Contains(pair.Used) && pair.User.GetMethods().Any(IsTest))
            .Select(pair => pair.User)
            .Where(type => type != typeof(ServerTraitTests))
            .Distinct()
            .ToList();

        Assert.InRange(classes.Count, 5, int.MaxValue);
        Assert.Empty(classes.Where(type => !NeedsServers(type)).Select(type => type.FullName));
    }

    private static bool IsTest(MethodInfo method) => method.GetCustomAttribute<FactAttribute>() is not null;

    private static bool NeedsServers(Type type) =>
        type.GetCustomAttributes<TraitAttribute>().Any(trait => trait is { Name: "Needs", Value: "Servers" });
}
