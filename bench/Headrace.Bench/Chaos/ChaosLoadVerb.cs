using System.CommandLine;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Core;
using Headrace.Protocol.Json;

namespace Headrace.Bench.Chaos;

/// <summary>
/// <c>bench/run chaos-load</c>: the load of <c>bench chaos</c>, a process of its own that no fault touches. Ends
/// in order at SIGTERM.
/// </summary>
internal static class ChaosLoadVerb
{
    public const string Name = "chaos-load";

    /// <summary>Submissions on their way at once; while as many wait for an answer, nothing more is sent.</summary>
    private const int AtOnce = 16;

    /// <summary>Each so many single submissions, a batch of as many jobs goes through the other door.</summary>
    private const int BatchEvery = 40;
    private const int BatchSize = 20;

    /// <summary>Longer than any outage that a run can cause: the load gives up nothing.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    /// <summary>
    /// How soon a single submission that failed is sent again: sooner than any server asks for, so that an outage ends
    /// for the load when it ends for the server.
    /// </summary>
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(50);

    private static readonly Option<string> LedgerFile = new("--ledger")
    {
        Description = "The file to write; new.",
        HelpName = "FILE",
        Required = true,
    };
    private static readonly Option<int?> Seed = Options.Whole("--seed", "Which jobs.");
    private static readonly Option<int?> Rate = Options.Whole("--rate", "Submissions a second.");

    public static Command Create()
    {
        var verb = new Verb(Name, "Submit jobs and write down what was acknowledged.") { Hidden = true };
        foreach (var option in new Option[] { LedgerFile, Seed, Rate })
            verb.Add(option);
        verb.Runs(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(Call call, CancellationToken stop)
    {
        using var ledger = new Ledger(call.Value(LedgerFile)!);
        using var once = call.Connect(new ClientOptions { ResendFor = TimeSpan.Zero, WaitForRoom = TimeSpan.Zero });
        using var patient = call.Connect(new ClientOptions { ResendFor = Patience, WaitForRoom = Patience });
        using var free = new SemaphoreSlim(AtOnce);
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / call.Value(Rate)!.Value));
        var seed = call.Value(Seed)!.Value;
        var next = 1L;
        // A client gives up at once on a server that never answered it (an address mistyped is no outage), and the
        // first batch may fall into one.
        await patient.QueuesAsync(stop);
        try
        {
            for (var turn = 1; await pace.WaitForNextTickAsync(stop); turn++)
            {
                await free.WaitAsync(stop);
                var jobs = Enumerable
                    .Range(0, turn % BatchEvery == 0 ? BatchSize : 1)
                    .Select(_ => LoadJob.Of(seed, next++))
                    .ToList();
                _ = SendAsync(jobs);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to end: what is on its way is waited for.
        }
        for (var i = 0; i < AtOnce; i++)
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
                        ledger.Refused(job.Number, answer.Problem?.Detail ?? "no words");
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

    /// <summary>Sends until there is an answer; the key makes it one job.</summary>
    private static async Task<SubmittedReply> SubmitAsync(HeadraceClient client, Submission job)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await client.SubmitAsync(job, CancellationToken.None);
            }
            catch (HeadraceException failed)
                when (failed.IsTransient && TimeProvider.System.GetElapsedTime(began) < Patience)
            {
                // Not taken yet, or nobody knows.
            }
            await Task.Delay(Again);
        }
    }
}
