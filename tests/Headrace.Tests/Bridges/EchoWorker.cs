using Headrace.Protocol.Wire;
using Headrace.Tests.Server;

namespace Headrace.Tests.Bridges;

/// <summary>A worker that returns the body of each job as its result, until it is disposed.</summary>
internal sealed class EchoWorker : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;

    private EchoWorker(FrontWorker worker, ExchangeReply first) => _run = RunAsync(worker, first);

    public static async Task<EchoWorker> StartAsync(FrontScene scene, string method)
    {
        var worker = new FrontWorker(scene.Server.Worker($"echo-{method}"), method, version: 1, schema: "{}");
        // The first exchange may already receive jobs that were waiting for the worker.
        return new EchoWorker(worker, await worker.ExchangeAsync(waitSeconds: 0));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }

    private async Task RunAsync(FrontWorker worker, ExchangeReply reply)
    {
        while (true)
        {
            foreach (var job in reply.Leases)
                await worker.SucceedAsync(job, job.Body.ToByteArray(), ContentTypeOf(job));
            if (_stop.IsCancellationRequested)
                return;
            reply = await worker.ExchangeAsync(waitSeconds: 0.2);
        }
    }

    private static string ContentTypeOf(LeasedJob job) =>
        job.ContentType.Length > 0 ? job.ContentType : "application/octet-stream";
}
