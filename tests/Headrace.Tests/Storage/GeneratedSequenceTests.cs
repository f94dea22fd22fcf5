using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Storage;

/// <summary>
/// Applies the same random commands to both job stores through the production broker and shard. All observable results
/// must be equal.
/// </summary>
public sealed class GeneratedSequenceTests
{
    private const int Steps = 250;

    public static TheoryData<int> Seeds => RandomSeed.Take(4);

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Both_job_stores_have_equal_content_after_the_same_commands(int seed)
    {
        var random = RandomSeed.Print(seed);
        await using var twins = new TwinShards();
        var sequence = new Sequence(twins, random);

        await twins.StartAsync(new Instant(1_800_000_000_000_000));
        for (var step = 1; step <= Steps; step++)
        {
            try
            {
                await sequence.StepAsync();
                if (step % 80 == 0 || step == Steps)
                    await twins.CompareStoresAsync(random);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Seed {seed}, step {step}: {failure.Message}", failure);
            }
        }

        Assert.True(
            sequence.Ended > 50,
            $"Only {sequence.Ended} jobs ended, so the sequence of seed {seed} covers too little."
        );
    }

    private sealed class Sequence(TwinShards twins, Random random)
    {
        private readonly FakeWorker[] _workers =
        [
            .. Enumerable.Range(0, 3).Select(n => new FakeWorker($"w{n}", random)),
        ];

        public long Ended => twins.First.Broker.State.NextCompletion - 1;

        public async Task StepAsync()
        {
            var roll = random.Next(100);
            if (roll == 0)
            {
                await twins.StartAsync(twins.First.Wall + TimeSpan.FromMilliseconds(random.Next(5_000)));
                // Exchanges that were open when the server crashed will never be answered.
                foreach (var worker in _workers)
                    worker.Open = null;
            }
            else if (roll < 20)
            {
                var span = TimeSpan.FromMilliseconds(random.Next(roll < 2 ? 40_000 : 1_500));
                await RunBothAsync(driver => driver.AdvanceAsync(span));
            }
            else if (roll < 23)
            {
                await RunBothAsync(driver =>
                {
                    driver.AdvanceWithoutWaking(TimeSpan.FromSeconds(3));
                    return driver.WakeAsync();
                });
            }
            else
            {
                if (roll < 28)
                    await LoseResultAsync();
                for (var i = random.Next(1, 5); i > 0; i--)
                    Send();
                await RunBothAsync(driver => driver.WakeAsync());
            }
        }

        private void Send()
        {
            var worker = _workers[random.Next(_workers.Length)];
            switch (random.Next(31))
            {
                case < 5:
                    twins.Send(RandomWork.Submit(random, twins.First.Wall));
                    break;
                case < 12:
                    worker.Open = twins.Send(worker.Exchange());
                    break;
                case < 15:
                    twins.Send(worker.Report());
                    break;
                case 15:
                    twins.Send(new Command.Cancel(AnyJob()));
                    break;
                case 16:
                    if (random.Next(4) == 0)
                        twins.Send(worker.Crash());
                    break;
                case 17:
                    twins.Send(new Command.GetJob(AnyJob(), TimeSpan.FromSeconds(random.Next(3))));
                    break;
                case 18:
                    var queue = random.Next(2) == 0 ? "eu" : "default";
                    twins.Send(
                        new Command.Pull(
                            new FeedName(random.Next(10) == 0 ? "eu" : queue),
                            new QueueName(queue),
                            random.Next(1, 6)
                        )
                    );
                    break;
                case 19:
                    var next = twins.First.Broker.State.Registry.NextVersion;
                    twins.Send(new Command.WriteRegistry(RandomWork.RegistryWrites(random, next)));
                    break;
                case 20 or 21:
                    twins.Send(new Command.Retry(AnyJob(), random.Next(4) == 0 ? new OwnerQuota(10, null) : null));
                    break;
                case 22:
                    twins.Send(RandomWork.Sweep(random));
                    break;
                case 23:
                    var sweep = random.NextInt64(1, twins.First.Broker.State.Sweeps.NextId + 1);
                    twins.Send(random.Next(8) == 0 ? new Command.StopSweep(sweep) : new Command.StepSweep(sweep));
                    break;
                case 24:
                    twins.Send(new Command.WriteRegistry([RandomWork.PutQueue(random)]));
                    break;
                case 25:
                    twins.Send(new Command.DeleteExpired());
                    break;
                case 26:
                    twins.Send(new Command.DeleteJob(AnyJob()));
                    break;
                case 27 or 28 or 29:
                    if (worker.SubmitChildren(RandomWork.Submit(random, twins.First.Wall)) is { } children)
                        twins.Send(children);
                    break;
                default:
                    twins.Send(
                        random.Next(6) switch
                        {
                            0 => new Command.ListQueues(new ListRange(random.Next(2) == 0 ? null : "eu")),
                            1 => new Command.ListMethods(new ListRange(random.Next(2) == 0 ? null : "sha512@1")),
                            2 => new Command.GetQueue(new QueueName(random.Next(2) == 0 ? "eu" : "nowhere")),
                            3 => new Command.ListHistory(new ListRange(random.Next(2) == 0 ? null : "default")),
                            4 => new Command.GetMethod(new MethodName(random.Next(2) == 0 ? "sha512" : "unknown")),
                            _ => new Command.ListWorkers(),
                        }
                    );
                    break;
            }
        }

        /// <summary>Discards the result of the next commit. The shard retries the commit shortly afterwards.</summary>
        private async Task LoseResultAsync()
        {
            await RunBothAsync(driver =>
            {
                driver.LoseNextResult();
                return driver.WakeAsync();
            });
            Send();
            await RunBothAsync(driver => driver.WakeAsync());
            await RunBothAsync(driver => driver.AdvanceAsync(TimeSpan.FromMilliseconds(250)));
        }

        private async Task RunBothAsync(Func<Support.ShardDriver, Task> action)
        {
            foreach (var (requestId, answer) in await twins.BothAsync(action))
                foreach (var worker in _workers)
                    worker.Receive(requestId, answer);
        }

        private JobId AnyJob() => new(random.NextInt64(1, twins.First.Broker.State.NextJob + 2));
    }
}
