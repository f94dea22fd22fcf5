using Headrace.Worker.Methods;

namespace Headrace.Worker.Executors;

/// <summary>Calls a delegate that reads jobs whenever it has capacity.</summary>
internal sealed class StreamExecutor<TInput>(BoundDelegate bind, Func<JobReader<TInput>, Task> handler)
    : IMethodExecutor
{
    public Task RunAsync(JobReader jobs, CancellationToken cancellationToken) =>
        handler(new JobReader<TInput>(jobs, bind));
}
