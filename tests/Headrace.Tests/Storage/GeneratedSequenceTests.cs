using System.Security.Cryptography;
using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Storage;

/// <summary>
/// Applies the same random commands to both job stores through the production broker and shard; all observable results
/// must be equal.
/// </summary>
public sealed class GeneratedSequenceTests
{
    private const int Steps = 250;

    public static TheoryData<int> Seeds => [1, 2, 3, RandomNumberGenerator.GetInt32(1000, int.MaxValue)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Both_job_stores_have_equal_content_after_the_same_commands(int seed)
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var twins = new TwinShards();
        var play = new Play(twins, random);

        await twins.StartAsync(new Instant(1_800_000_000_000_000));
        for (var step = 1; step <= Steps; step++)
        {
            try
            {
                await play.StepAsync();
                if (step % 80 == 0 || step == Steps)
                    await twins.CompareStoresAsync(random);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Seed {seed}, step {step}: {failure.Message}", failure);
            }
        }

        Assert.True(play.Ended > 50, $"Only {play.Ended} jobs ended: the sequence of seed {seed} says little.");
    }

    private sealed class Play(TwinShards twins, Random random)
    {
        private readonly FakeWorker[] _workers =
        [
            .. Enumerable.Range(0, 3).Select(n => new FakeWorker($"w{n}", random)),
        ];

        public long Ended => twins.First.Broker.State.NextCompletion - 1;

        public async Task StepAsync()
        {
            var chance = random.Next(100);
            if (chance == 0)
            {
                await twins.StartAsync(twins.First.Wall + TimeSpan.FromMilliseconds(random.Next(5_000)));
                // The requests of the crashed server have no caller any more.
                foreach (var worker in _workers)
                    worker.Open = null;
            }
            else if (chance < 20)
            {
                var span = TimeSpan.FromMilliseconds(random.Next(chance < 2 ? 40_000 : 1_500));
                await HearAsync(driver => driver.PassAsync(span));
            }
            else if (chance < 23)
            {
                await HearAsync(driver =>
                {
                    driver.Jump(TimeSpan.FromSeconds(3));
                    return driver.WakeAsync();
                });
            }
            else
            {
                if (chance < 28)
                    await LoseReplyAsync();
                for (var i = random.Next(1, 5); i > 0; i--)
                    Send();
                await HearAsync(driver => driver.WakeAsync());
            }
        }

        private void Send()
        {
            var worker = _workers[random.Next(_workers.Length)];
            switch (random.Next(20))
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
                        twins.Send(worker.Die());
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
                default:
                    twins.Send(
                        random.Next(3) switch
                        {
                            0 => new Command.ListQueues(),
                            1 => new Command.ListMethods(),
                            _ => new Command.ListWorkers(),
                        }
                    );
                    break;
            }
        }

        /// <summary>Loses the result of the next commit; the shard retries a little later.</summary>
        private async Task LoseReplyAsync()
        {
            await HearAsync(driver =>
            {
                driver.LoseNextReply();
                return driver.WakeAsync();
            });
            Send();
            await HearAsync(driver => driver.WakeAsync());
            await HearAsync(driver => driver.PassAsync(TimeSpan.FromMilliseconds(250)));
        }

        private async Task HearAsync(Func<Support.ShardDriver, Task> act)
        {
            foreach (var (requestId, answer) in await twins.BothAsync(act))
                foreach (var worker in _workers)
                    worker.Hear(requestId, answer);
        }

        private JobId AnyJob() => new(random.NextInt64(1, twins.First.Broker.State.NextJob + 2));
    }
}
