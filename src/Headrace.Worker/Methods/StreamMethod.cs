using Headrace.Core;
using Headrace.Worker.Exchange;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Methods;

/// <summary>Represents a method that reads jobs whenever it has capacity.</summary>
internal sealed class StreamMethod<TInput>(
    MethodRef name,
    int lanes,
    Delegate read,
    Func<IncomingJobs<TInput>, Task> run
) : OpenMethod<TInput>(name, read)
{
    public override Shape Shape { get; } = new(ShapeKind.Stream, lanes, TimeSpan.Zero);

    public Task RunAsync(IncomingJobs<TInput> jobs) => run(jobs);

    public override MethodRunner NewRunner(Inbox inbox, TimeProvider clock) => new StreamRunner<TInput>(this, inbox);
}
