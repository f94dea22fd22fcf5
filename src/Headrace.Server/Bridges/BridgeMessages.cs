using Headrace.Bridges;
using Headrace.Bridges.Redis;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Http;

namespace Headrace.Server.Bridges;

/// <summary>
/// Returns the messages that a stopped bridge has taken but not submitted to its list in Redis. Without this, they
/// would stay in the hash of the bridge when it is removed or reads from elsewhere, and a later bridge with the same
/// name would run them. Streams and RabbitMQ keep taken messages themselves.
/// </summary>
internal sealed class BridgeMessages(
    BridgeServer server,
    BridgeSupervisor supervisor,
    IJobStore jobStore,
    TimeProvider time
)
{
    /// <summary>Returns the messages, or the problem if that is not possible.</summary>
    /// <param name="bridge">The definition with which the bridge took the messages. The bridge is stopped.</param>
    /// <param name="isForced">True to leave the messages in the hash if they cannot be returned.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<Problem?> ReturnAsync(
        BridgeDefinition bridge,
        bool isForced,
        CancellationToken cancellationToken
    )
    {
        if (bridge is not { From: not null, Broker.Kind: BrokerKind.Redis, FromType: BrokerKeyType.List })
            return null;
        var progress = supervisor.ProgressOf(bridge.Name);
        var held = progress.ReadUnsettled();
        if (held == 0)
            return null;
        try
        {
            var source = bridge.Only(BridgeSide.Source) with { Password = BrokerPassword.Of(bridge) };
            await using var broker = await new RedisConnector(time).ConnectAsync(
                source,
                server.Store,
                cancellationToken
            );
            await broker.Source!.ReturnAsync(messages => FindJobsAsync(bridge, messages, cancellationToken));
        }
        catch (BrokerException failure)
        {
            if (!isForced)
                return Problem.BadRequest(
                    $"The bridge '{bridge.Name}' {Count(held)} taken from the list '{bridge.From}' but not submitted, "
                        + $"and the server cannot return them to the list. {failure.Message} Repeat the request when "
                        + "the broker can be used, or repeat it with force (headrace bridges --force): the messages "
                        + $"then stay in the hash '{new RedisKeys(server.Store, bridge.Name).Taken}'."
                );
        }
        progress.HasNoneUnsettled();
        return null;
    }

    /// <summary>
    /// Returns the tokens of the messages whose jobs are on disk: the bridge was interrupted before it settled them. A
    /// message with an id of its own is not among them, because another message may have the same id. If it is taken
    /// again, its id names the job.
    /// </summary>
    private async Task<IReadOnlySet<string>> FindJobsAsync(
        BridgeDefinition bridge,
        IReadOnlyList<BrokerMessage> messages,
        CancellationToken cancellationToken
    )
    {
        var queue = new QueueName(bridge.Queue);
        var rows = await jobStore.ReadAsync(
            [.. messages.Select(message => new RowKey.Key(new KeyName(bridge.Owner, queue, message.Token)))],
            cancellationToken
        );
        return rows.OfType<KeyRow>().Select(row => row.Name.Text).ToHashSet(StringComparer.Ordinal);
    }

    private static string Count(int? held) =>
        held switch
        {
            null => "may hold messages that it has",
            1 => "holds 1 message that it has",
            _ => $"holds {held} messages that it has",
        };
}
