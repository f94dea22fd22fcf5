using Headrace.Commands;

namespace Headrace.Apps.Pipeline.Commands;

/// <summary>
/// <c>headrace pipeline</c>, <c>headrace pump</c> and <c>headrace pull</c>: a task pipeline and a method server, which
/// are fed from queues of messages or from Redis.
/// </summary>
public sealed class PipelineCommands : IAppCommands
{
    public IReadOnlyList<Command> Create() => [PipelineCommand.Create(), PumpCommand.Create(), PullCommand.Create()];
}
