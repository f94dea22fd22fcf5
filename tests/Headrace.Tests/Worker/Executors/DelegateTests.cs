using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Local;
using Headrace.Tests.Worker.Exchange;
using Headrace.Worker;
using Xunit;

namespace Headrace.Tests.Worker.Executors;

/// <summary>
/// Tests the behaviour that is specific to methods in this process: their params are bound and validated in the worker,
/// and only ending the process can end a method that ignores its cancellation.
/// </summary>
public abstract class DelegateTests<TExecutor>
    where TExecutor : ExecutorUnderTest, new()
{
    private static MethodBuilder Map(WorkerScene scene, Work work) => new TExecutor().Map(scene.App, "probe", work);

    [Fact]
    public async Task Invalid_params_end_the_job_as_rejected_before_it_runs()
    {
        await using var scene = await WorkerScene.StartAsync();
        Map(scene, (_, i, _) => Task.FromResult<object?>(i));
        await scene.JoinAsync();

        var (rejected, _) = await scene.EndOfAsync(await scene.SubmitAsync("probe", """{"i":"x"}"""));

        Assert.Equal(
            (
                FailReason.Rejected,
                """The params do not match the schema of probe@1: $.i must be an integer, not "x"."""
            ),
            (rejected.Reason, rejected.Error!.Message)
        );
    }

    [Fact]
    public async Task A_method_that_ignores_its_cancellation_ends_its_worker_and_another_worker_runs_the_rest()
    {
        await using var scene = await WorkerScene.StartAsync();
        using var release = new ManualResetEventSlim();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Map(
            scene,
            (_, i, _) =>
            {
                if (i > 0)
                    return Task.FromResult<object?>("done");
                started.TrySetResult();
                release.Wait(TestContext.Current.CancellationToken);
                return Task.FromResult<object?>(null);
            }
        );
        var (_, ends) = await scene.JoinAsync("w1");
        var unresponsive = await scene.SubmitAsync("probe", with: spec => spec with { Retries = 0 });
        await scene.WithinDeadline("the method to start", started.Task);

        await scene.SendAsync(new Command.Cancel(unresponsive));
        var exit = await scene.AdvanceUntilAsync("the exit of the worker", TimeSpan.FromMilliseconds(250), ends);
        var rest = await scene.SubmitAsync("probe", """{"i":1}""");
        await scene.JoinAsync("w2", transport: scene.NewTransport());

        Assert.Equal(WorkerProcess.Terminated, exit.Code);
        Assert.Equal(JobState.Cancelled, (await scene.EndOfAsync(unresponsive)).Row.Job.Status.State);
        Assert.Equal("done", (await scene.EndOfAsync(rest)).Result);
        release.Set();
    }
}
