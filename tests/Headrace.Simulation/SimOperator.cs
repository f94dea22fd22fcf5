using System.Globalization;
using Headrace.Core;
using Headrace.Core.Queues;
using Headrace.Core.Registry;
using Headrace.Core.Retention;

namespace Headrace.Simulation;

/// <summary>
/// An operator who changes the settings of queues, purges queues, and deletes ended jobs. Every write stores different
/// content, because the content includes the call number.
/// </summary>
internal sealed class SimOperator(World world) : IEndpoint
{
    /// <summary>
    /// The number of the first call. It distinguishes these calls from the calls of the registry client.
    /// </summary>
    private const long FirstCall = 1_000_000;

    private static readonly string[] Queues = ["a", "b"];

    private long _calls = FirstCall;

    public string Name => "operator";

    public static QueueName QueueOf(int choice) => new(Queues[choice % Queues.Length]);

    public void Receive(long call, Response? response) { }

    public void SetQueue(int choice, int detail)
    {
        if (choice % 8 == 0)
            Delete(QueueOf(choice >> 3));
        else
            Put(
                QueueOf(choice >> 3),
                new QueueSettings
                {
                    Paused = detail % 4 == 0,
                    Draining = (detail >> 2) % 8 == 0,
                    MaxJobs = (detail >> 24) % 4 == 0 ? 2 + ((detail >> 26) % 8) : null,
                    TimeLimit = (detail >> 5) % 8 == 0 ? TimeSpan.FromSeconds(3) : TimeSpan.Zero,
                    KeepSucceeded = Limit(detail >> 8),
                    KeepFailed = Limit(detail >> 16),
                }
            );
    }

    /// <summary>
    /// Lets all jobs run. Ends every pause and drain, and deletes expired jobs to make room for results.
    /// </summary>
    public void OpenQueues()
    {
        foreach (var queue in Queues)
            if (SettingsOf(queue) is { } settings && (settings.Paused || settings.Draining))
                Put(new QueueName(queue), settings with { Paused = false, Draining = false });
        Send(new Command.DeleteExpired());
    }

    public void Send(Command command)
    {
        var call = ++_calls;
        if (command is Command.DeleteJob delete)
            world.Retention.OnDeletionRequested(delete.Job);
        if (command is Command.WriteRegistry)
            world.RegistryOracle.OnSent(call, command);
        world.Network.Send(new Message.Request(this, call, command));
    }

    private QueueSettings? SettingsOf(string queue) =>
        world.Store.Document(QueueSettings.Kind, queue) is { } document
            ? QueueSettings.TryParse(document.Json.Span)
            : null;

    /// <summary>
    /// Jobs are kept for only a few seconds, and histories have room for only a few jobs, so that both limits take
    /// effect.
    /// </summary>
    private static RetentionLimit? Limit(int detail) =>
        detail % 4 == 0
            ? null
            : new RetentionLimit(
                RetentionOracle.Minimum + TimeSpan.FromSeconds((detail >> 2) % 16),
                (1 + ((detail >> 6) % 8)) * History.RowBytes
            );

    private void Put(QueueName queue, QueueSettings settings) =>
        Write(
            new RegistryWrite.Put(
                QueueSettings.Kind,
                queue.Text,
                (settings with { ChangedBy = (_calls + 1).ToString(CultureInfo.InvariantCulture) }).ToJson(),
                RegistryWrite.AnyVersion
            )
        );

    private void Delete(QueueName queue) =>
        Write(new RegistryWrite.Delete(QueueSettings.Kind, queue.Text, RegistryWrite.AnyVersion));

    private void Write(RegistryWrite write) => Send(new Command.WriteRegistry([write]));
}
