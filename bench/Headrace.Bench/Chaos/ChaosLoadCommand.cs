using System.CommandLine;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Core;
using Headrace.Protocol.Json;

namespace Headrace.Bench.Chaos;

/// <summary>
/// <c>bench/run chaos-load</c>: the load of <c>bench/run chaos</c>, in a separate process into which no faults are
/// injected. On SIGTERM, it completes its pending submissions and exits.
/// </summary>
internal static class ChaosLoadCommand
{
    public const string Name = "chaos-load";

    /// <summary>
    /// The maximum number of pending submissions. Once this number is reached, the load sends nothing until a reply
    /// arrives.
    /// </summary>
    private const int Concurrency = 16;

    /// <summary>
    /// Every submission whose number is divisible by this value is a batch; all others are single jobs.
    /// </summary>
    private const int BatchEvery = 40;
    private const int BatchSize = 20;

    /// <summary>This is longer than any outage in a run, so the load never abandons a job.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(15);

    /// <summary>
    /// The delay before a failed single submission is sent again. It is shorter than any Retry-After that the server
    /// sends, so that the load measures the server's outage and not its own delay.
    /// </summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(50);

    private static readonly Option<string> LedgerFile = new("--ledger")
    {
        Description = "The file to create.",
        HelpName = "FILE",
        Required = true,
    };
    private static readonly Option<int?> Seed = Options.WholeNumber("--seed", "The random seed for the jobs.");
    private static readonly Option<int?> Rate = Options.WholeNumber("--rate", "Submissions per second.");

    public static Command Create()
    {
        var cliCommand = new CliCommand(Name, "Submit jobs and record the acknowledged ones.") { Hidden = true };
        foreach (var option in new Option[] { LedgerFile, Seed, Rate })
            cliCommand.Add(option);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        using var ledger = new Ledger(context.Value(LedgerFile)!);
        using var once = context.Connect(
            new HeadraceClientOptions { RetryTimeout = TimeSpan.Zero, QueueFullTimeout = TimeSpan.Zero }
        );
        using var patient = context.Connect(
            new HeadraceClientOptions { RetryTimeout = Timeout, QueueFullTimeout = Timeout }
        );
        using var free = new SemaphoreSlim(Concurrency);
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / context.Value(Rate)!.Value));
        var seed = context.Value(Seed)!.Value;
        var next = 1L;
        // A client that has never received a reply does not retry a refused connection, because the address could be
        // wrong. This first call ensures that the first batch is retried even if it is sent during an outage.
        await patient.ListQueuesAsync(stop);
        try
        {
            for (var tick = 1; await pace.WaitForNextTickAsync(stop); tick++)
            {
                await free.WaitAsync(stop);
                var jobs = Enumerable
                    .Range(0, tick % BatchEvery == 0 ? BatchSize : 1)
                    .Select(_ => LoadJob.Of(seed, next++))
                    .ToList();
                _ = SendAsync(jobs);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // SIGTERM was received. The pending submissions are completed below.
        }
        for (var i = 0; i < Concurrency; i++)
            await free.WaitAsync(CancellationToken.None);
        return ExitCode.Done;

        async Task SendAsync(IReadOnlyList<LoadJob> jobs)
        {
            await Task.Yield();
            var expected = jobs.Select(job => job.Expected).ToList();
            foreach (var job in jobs)
                ledger.Sending(job.Number);
            try
            {
                if (jobs.Count == 1)
                {
                    var reply = await SubmitAsync(once, jobs[0].ToSubmission(seed));
                    ledger.Acknowledged(jobs[0], reply.Id, reply.Repeated == true, expected[0]);
                    return;
                }
                await foreach (
                    var answer in patient.SubmitManyAsync(
                        jobs.Select(job => job.ToSubmission(seed)),
                        CancellationToken.None
                    )
                )
                {
                    var job = jobs[(int)answer.Index];
                    if (answer.Id is { } id)
                        ledger.Acknowledged(job, id, repeated: false, expected[(int)answer.Index]);
                    else
                        ledger.Refused(job.Number, answer.Problem?.Detail ?? "without a reason");
                }
            }
            catch (HeadraceException refused)
            {
                foreach (var job in jobs)
                    ledger.Refused(job.Number, refused.Message);
            }
            finally
            {
                free.Release();
            }
        }
    }

    /// <summary>
    /// Sends the job repeatedly until the server replies. The idempotency key ensures that only one job is created,
    /// however often it is sent.
    /// </summary>
    private static async Task<SubmittedReply> SubmitAsync(HeadraceClient client, JobRequest job)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await client.SubmitAsync(job, CancellationToken.None);
            }
            catch (HeadraceException failed)
                when (failed.IsTransient && TimeProvider.System.GetElapsedTime(began) < Timeout)
            {
                // The job was not accepted, or the reply was lost.
            }
            await Task.Delay(RetryDelay);
        }
    }
}
