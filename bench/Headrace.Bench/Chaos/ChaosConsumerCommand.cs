using System.CommandLine;
using System.Text;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Core;

namespace Headrace.Bench.Chaos;

/// <summary>
/// <c>bench/run chaos-consumer</c>: the consumer of a feed in <c>bench/run chaos</c>. Its process is killed repeatedly.
/// The consumer records the jobs that it receives, and the acknowledgements that the server confirmed.
/// </summary>
internal static class ChaosConsumerCommand
{
    public const string Name = "chaos-consumer";

    /// <summary>Number of jobs in one pull.</summary>
    private const int Top = 20;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);

    private static readonly Option<string> LedgerFile = new("--ledger")
    {
        Description = "The file to append to.",
        HelpName = "FILE",
        Required = true,
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand(Name, "Consume a feed and record the jobs.") { Hidden = true };
        cliCommand.Add(LedgerFile);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        // Each line is one write, so that a kill leaves only whole lines.
        await using var ledger = new FileStream(
            context.Value(LedgerFile)!,
            FileMode.Append,
            FileAccess.Write,
            FileShare.Read,
            bufferSize: 0
        );
        using var client = context.Connect(new HeadraceClientOptions { RetryTimeout = TimeSpan.Zero });
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var pulled = await client.Feeds.PullAsync(ConsumedFeed.Name, Top, Wait, Lease, stop);
                foreach (var delivery in pulled.Deliveries)
                {
                    Write(ledger, ConsumerPages.Received, delivery.Job.Id);
                    await client.Feeds.AcknowledgeAsync(ConsumedFeed.Name, [delivery.Token], stop);
                    Write(ledger, ConsumerPages.Acknowledged, delivery.Job.Id);
                }
            }
            catch (HeadraceException)
            {
                // The server is unavailable; try again.
                await Task.Delay(TimeSpan.FromMilliseconds(100), CancellationToken.None);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return ExitCode.Done;
            }
        }
        return ExitCode.Done;
    }

    private static void Write(FileStream ledger, string what, string job) =>
        ledger.Write(Encoding.ASCII.GetBytes($"{what}\t{job}\n"));
}
