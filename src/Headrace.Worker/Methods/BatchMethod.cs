using Headrace.Core;
using Headrace.Worker.Exchange;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Methods;

/// <summary>Represents a method that processes jobs in batches.</summary>
internal sealed class BatchMethod<TInput>(
    MethodRef name,
    int maxBatchSize,
    TimeSpan maxWait,
    Delegate bind,
    Func<IReadOnlyList<JobLease<TInput>>, Task> handler
) : LeaseMethod<TInput>(name, bind)
{
    public override Shape Shape { get; } = new(ShapeKind.Batch, maxBatchSize, maxWait);

    public Task RunAsync(IReadOnlyList<JobLease<TInput>> jobs) => handler(jobs);

    public override MethodRunner NewRunner(Inbox inbox, TimeProvider clock) => new BatchRunner<TInput>(this, inbox);
}
