using Headrace.Worker.Exchange;
using Xunit;

namespace Headrace.Tests.Worker.Exchange;

public sealed class BootClockTests
{
    [Fact]
    public void The_clock_counts_from_boot_and_includes_sleep()
    {
        // /proc/uptime shows the same clock: seconds since boot, including time asleep.
        double Boot() =>
            double.Parse(
                File.ReadAllText("/proc/uptime").Split(' ')[0],
                System.Globalization.CultureInfo.InvariantCulture
            );

        var before = Boot();
        var read = new BootClock().GetTimestamp() / 1e9;
        var after = Boot();

        // /proc/uptime is rounded to hundredths of a second.
        Assert.InRange(read, before - 0.02, after + 0.02);
    }

    [Fact]
    public void Elapsed_time_is_reported_in_real_units()
    {
        var clock = new BootClock();
        var from = clock.GetTimestamp();

        Assert.Equal(TimeSpan.FromSeconds(2), clock.GetElapsedTime(from, from + 2_000_000_000));
    }

    [Fact]
    public void Work_is_visible_in_the_processor_time_of_its_thread()
    {
        var before = BootClock.ThreadNanoseconds();
        var x = 1u;
        while (BootClock.ThreadNanoseconds() - before < 1_000_000)
            x = (x * 16_777_619) ^ 7;

        Assert.True(BootClock.ThreadNanoseconds() - before >= 1_000_000, $"{x}");
    }
}
