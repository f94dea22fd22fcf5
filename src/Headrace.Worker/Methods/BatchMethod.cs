using Headrace.Core;
using Headrace.Worker.Exchange;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Methods;

/// <summary>Represents a method that processes jobs in batches.</summary>
internal sealed class BatchMethod<TInput>(
    MethodRef name,
    int most,
    TimeSpan within,
    Delegate read,
    Func<IReadOnlyList<IOpenJob<TInput>>, Task> run
) : OpenMethod<TInput>(name, read)
{
    public override Shape Shape { get; } = new(ShapeKind.Batch, most, within);

    public Task RunAsync(IReadOnlyList<IOpenJob<TInput>> jobs) => run(jobs);

    public override MethodRunner NewRunner(Inbox inbox, TimeProvider clock) => new BatchRunner<TInput>(this, inbox);
}
