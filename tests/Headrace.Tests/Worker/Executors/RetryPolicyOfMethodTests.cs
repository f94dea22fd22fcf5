using Headrace.Core.Jobs;
using Headrace.Tests.Worker.Exchange;
using Xunit;

namespace Headrace.Tests.Worker.Executors;

public sealed class RetryPolicyOfMethodTests
{
    [Fact]
    public async Task A_job_without_a_policy_has_that_of_its_method()
    {
        await using var scene = await WorkerScene.StartAsync();
        scene
            .App.MapMethod("probe", int () => throw new InvalidOperationException("not yet"))
            .Retry(new RetryOptions { Max = 0, Delay = TimeSpan.FromSeconds(7) });
        await scene.JoinAsync();

        var (row, _) = await scene.EndOfAsync(
            await scene.SubmitAsync("probe", retry: new RetryOptions { Jitter = 0.5 })
        );

        Assert.Equal((FailReason.Exhausted, 1), (row.Reason, row.Job.Status.Attempt));
        Assert.Equal(
            (0, TimeSpan.FromSeconds(7), 0.5),
            (row.Job.Spec.Retry.Max, row.Job.Spec.Retry.Delay, row.Job.Spec.Retry.Jitter)
        );
    }

    [Fact]
    public async Task An_error_of_a_listed_type_fails_the_job_at_once()
    {
        await using var scene = await WorkerScene.StartAsync();
        scene
            .App.MapMethod("probe", int () => throw new FormatException("never"))
            .NeverRetry("System.FormatException", "TimeLimit");
        await scene.JoinAsync();

        var (row, _) = await scene.EndOfAsync(await scene.SubmitAsync("probe"));

        Assert.Equal((FailReason.Error, 1), (row.Reason, row.Job.Status.Attempt));
        Assert.False(row.Error!.Retryable);
    }

    [Fact]
    public async Task A_policy_out_of_range_is_rejected_when_the_method_is_mapped()
    {
        await using var scene = await WorkerScene.StartAsync();
        var method = scene.App.MapMethod("probe", () => 1);

        var wrong = Assert.Throws<ArgumentException>(() => method.Retry(new RetryOptions { Factor = 0.5 }));

        Assert.StartsWith(
            "The retry policy of probe@1 is not valid: factor is 0.5. Use a number from 1 to 100.",
            wrong.Message,
            StringComparison.Ordinal
        );
    }
}
