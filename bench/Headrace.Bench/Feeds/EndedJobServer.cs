using Headrace.Bench.Retention;
using Headrace.Client;
using Headrace.Core;
using Headrace.Server.Machine;

namespace Headrace.Bench.Feeds;

/// <summary>A server without workers whose store contains ended jobs.</summary>
internal sealed class EndedJobServer : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly ServerChild _server;

    private EndedJobServer(ServerPlace place, ServerChild server)
    {
        _server = server;
        Client = new HeadraceClient(place.Url, place.Key);
    }

    public HeadraceClient Client { get; }

    public double ProcessorMicros => ProcessFacts.ProcessorMicros(_server.ProcessId);

    /// <summary>Creates a store with ended jobs, and starts a server on it.</summary>
    public static async Task<EndedJobServer> StartAsync(
        string folder,
        long jobs,
        IReadOnlyDictionary<string, string> settings,
        CancellationToken stop
    )
    {
        var place = new ServerPlace(Path.Combine(folder, "data"), folder, ServerPlace.FreePort(), Workers: 1)
        {
            Settings = settings,
        };
        // The server first runs with a worker, so that the store contains the method of the jobs.
        using (var first = ServerChild.Start(place))
        {
            if (!await first.Joined.WaitAsync(Limit, stop))
                throw NotStarted(first, place);
            await EndAsync(first);
        }
        EndedJobs.Add(place.Data, jobs, TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(1));
        place = place with { Workers = 0 };
        var server = ServerChild.Start(place);
        return await server.Listening.WaitAsync(Limit, stop) is not null
            ? new EndedJobServer(place, server)
            : throw NotStarted(server, place);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await EndAsync(_server);
        _server.Dispose();
    }

    private static Task EndAsync(ServerChild server)
    {
        server.Signal(Unix.SigTerm);
        return server.Ended.WaitAsync(Limit);
    }

    private static HeadraceException NotStarted(ServerChild server, ServerPlace place) =>
        new($"The server did not start: {server.LastErrorLine} Its log is {place.Log}");
}
