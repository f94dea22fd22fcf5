using Headrace.Apps.Benchop.Measuring;
using Xunit;

namespace Headrace.Benchop.Tests.Measuring;

public sealed class TimingPermitTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("headrace-permits-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task As_many_jobs_measure_at_a_time_as_there_are_permissions()
    {
        var stop = TestContext.Current.CancellationToken;
        using var one = TimingPermit.Wait(_folder.FullName, 2, Long, stop);
        var two = TimingPermit.Wait(_folder.FullName, 2, Long, stop);

        var third = Task.Run(() => TimingPermit.Wait(_folder.FullName, 2, Long, stop), stop);
        Assert.False(third.IsCompleted);
        two.Dispose();

        using var permit = await third.WaitAsync(TimeSpan.FromSeconds(60), stop);
    }

    [Fact]
    public async Task A_wait_for_a_permission_ends_when_the_job_is_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        using var only = TimingPermit.Wait(_folder.FullName, 1, Long, CancellationToken.None);
        var waiting = Task.Run(
            () => TimingPermit.Wait(_folder.FullName, 1, Long, cancelled.Token),
            TestContext.Current.CancellationToken
        );

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            waiting.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public void A_job_that_has_waited_too_long_measures_without_a_permission()
    {
        var stop = TestContext.Current.CancellationToken;
        using var only = TimingPermit.Wait(_folder.FullName, 1, Long, stop);

        using var late = TimingPermit.Wait(_folder.FullName, 1, TimeSpan.FromMilliseconds(1), stop);

        Assert.NotNull(late);
    }
}
