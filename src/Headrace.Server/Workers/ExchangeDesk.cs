using Headrace.Core;
using Headrace.Server.Hosting;
using Headrace.Server.Intake;
using Headrace.Server.Problems;
using Wire = Headrace.Protocol.Wire;

namespace Headrace.Server.Workers;

/// <summary>Answers a worker: the command goes into the shard, and once its batch is durable the bodies are read from the journal (R15).</summary>
internal sealed class ExchangeDesk(IShardDoor door, IJournal journal, ServerOptions options, TimeProvider time)
{
    /// <summary>Bytes of workers' messages that are read at a time. Apart from the room of submissions, so that no crowd of them keeps outcomes out.</summary>
    public RequestRoom Room { get; } = new();

    public async Task<Checked<Wire.ExchangeReply>> AnswerAsync(Command command, CancellationToken cancellationToken)
    {
        var said = await door.AskAsync(command, cancellationToken);
        if (said is not Answer.Exchanged answer) return Problem.Of(((Answer.Refused)said).Refusal);
        IReadOnlyList<StoredRow> bodies = ExchangeWriting.Bodies(answer) is { Count: > 0 } keys ? await journal.ReadAsync(keys, cancellationToken) : [];
        return ExchangeWriting.Write(answer, bodies, journal.Store.Id, options.Lease, time.GetUtcNow());
    }
}
