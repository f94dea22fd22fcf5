using System.Diagnostics;
using System.Reflection;
using Headrace.Bench;
using Headrace.Tests.Bench.Chaos;
using Headrace.Tests.Bridges;
using Headrace.Tests.Cli;
using Headrace.Tests.Server.Failures;
using Headrace.Tests.Server.Takeover;
using Headrace.Tests.Server.Trouble;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Tests that every test class that can start a server process has the trait <c>Needs=Servers</c>, so that <c>./test
/// --fast</c> starts no server.
/// </summary>
public sealed class ServerTraitTests
{
    /// <summary>
    /// Types that start servers. In addition, a type starts servers if it starts programs and contains the command
    /// <c>up</c>, or if it runs a <c>bench/run</c> command without waiting for it to end.
    /// </summary>
    private static readonly Type[] Known =
    [
        typeof(RunningServer),
        typeof(ProcessScene),
        typeof(ServerUnderTrouble),
        typeof(ServerChild),
        typeof(UpShell),
        typeof(RedisServer),
        // Runs the commands in the documents.
        typeof(CheckoutShell),
    ];

    private readonly ILookup<Type, Type> _used;
    private readonly HashSet<Type> _starters;

    public ServerTraitTests()
    {
        Assembly[] assemblies = [typeof(ServerTraitTests).Assembly, typeof(ServerChild).Assembly];
        _used = assemblies
            .SelectMany(UsedTypes.In)
            .Where(pair => assemblies.Contains(pair.Used.Assembly) || pair.Used == typeof(Process))
            .ToLookup(pair => pair.User, pair => pair.Used);
        // The commands in UsageTests are rejected before a server starts.
        _starters =
        [
            .. Known,
            .. assemblies
                .SelectMany(assembly => assembly.GetTypes())
                .Where(StartsServer)
                .Select(UsedTypes.Outermost)
                .Except([typeof(ServerTraitTests), typeof(CliProcess), typeof(UsageTests)]),
        ];
    }

    [Fact]
    public void A_test_class_that_starts_a_server_process_carries_the_trait()
    {
        var classes = _used
            .Select(pair => pair.Key)
            .Where(type => HasTests(type) && type != typeof(ServerTraitTests) && Reaches(type))
            .ToList();

        Assert.Empty(classes.Where(type => !NeedsServers(type)).Select(type => type.FullName));
        // One class for each way of starting a server, used to verify that the search finds all of them.
        foreach (
            var type in (Type[])
                [
                    typeof(EndToEndTests),
                    typeof(RestartTests),
                    typeof(BrokenDiskTests),
                    typeof(SlowDiskTests),
                    typeof(ReadmeTests),
                    typeof(PlacesTests),
                    typeof(RemoteWorkerSplitTests),
                    typeof(ChaosTests),
                ]
        )
            Assert.Contains(type, classes);
    }

    /// <summary>Returns true if the type itself contains the code that starts a server.</summary>
    private bool StartsServer(Type type)
    {
        var methods = MethodBodies.Methods(type).ToList();
        if (methods.SelectMany(MethodBodies.Members).Any(IsStartOfBench))
            return true;
        var uses = _used[UsedTypes.Outermost(type)];
        return (uses.Contains(typeof(CliProcess)) || uses.Contains(typeof(Process)))
            && methods.SelectMany(MethodBodies.Strings).Contains("up");
    }

    /// <summary>
    /// Returns true if the class starts a server, or uses a type that does, directly or through others. Other test
    /// classes do not count, because only their constants are used. The description of the <c>bench/run</c> commands
    /// does not count either.
    /// </summary>
    private bool Reaches(Type test)
    {
        var (seen, open) = (new HashSet<Type> { test }, new Queue<Type>([test]));
        while (open.TryDequeue(out var type))
        {
            if (_starters.Contains(type))
                return true;
            foreach (var used in _used[type])
                if (!HasTests(used) && used != typeof(BenchCommandLine) && seen.Add(used))
                    open.Enqueue(used);
        }
        return false;
    }

    private static bool IsStartOfBench(MemberInfo member) =>
        member.DeclaringType == typeof(CliProcess) && member.Name == nameof(CliProcess.StartBench);

    private static bool HasTests(Type type) =>
        type.GetMethods().Any(method => method.GetCustomAttribute<FactAttribute>() is not null);

    private static bool NeedsServers(Type type) =>
        type.GetCustomAttributes<TraitAttribute>().Any(trait => trait is { Name: "Needs", Value: "Servers" });
}
