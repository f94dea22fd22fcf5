using Headrace.Core;
using Headrace.Worker.Exchange;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Methods;

/// <summary>Represents a method that reads jobs whenever it has capacity.</summary>
internal sealed class StreamMethod<TInput>(
    MethodRef name,
    int maxConcurrency,
    Delegate bind,
    Func<JobReader<TInput>, Task> handler
) : LeaseMethod<TInput>(name, bind)
{
    public override Shape Shape { get; } = new(ShapeKind.Stream, maxConcurrency, TimeSpan.Zero);

    public Task RunAsync(JobReader<TInput> jobs) => handler(jobs);

    public override MethodRunner NewRunner(Inbox inbox, TimeProvider clock) => new StreamRunner<TInput>(this, inbox);
}
