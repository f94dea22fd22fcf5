using Headrace.Server.Hosting;
using Headrace.Tests.Server.Hosting;

namespace Headrace.Tests.Server.Shards;

/// <summary>A server in which the shard commands and the store reads fail as the test specifies.</summary>
public sealed class FaultyScene : FrontScene
{
    private FaultyRouter? _router;
    private TroubledJobStore? _store;

    internal LinesOfLog Log { get; } = new();

    internal FaultyRouter Router => _router!;

    internal TroubledJobStore Store => _store!;

    /// <summary>The errors in the server's log.</summary>
    internal IReadOnlyList<string> Errors =>
        [.. Log.Lines.Where(line => line.StartsWith("Error:", StringComparison.Ordinal))];

    private protected override ServerOptions Options(ServerOptions options) =>
        options with
        {
            Demo = DemoSystems.Seed001,
        };

    private protected override ServerDependencies Parts(ServerDependencies parts) =>
        parts with
        {
            Logging = Log.To,
            WrapRouter = router => _router = new FaultyRouter(router),
            CreateJobStore = (_, time) => _store = new TroubledJobStore(time),
        };
}
