using System.Diagnostics.Metrics;
using Headrace.Core;
using Headrace.Server.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Headrace.Tests.Server.Telemetry;

public sealed class CommitMetersTests
{
    [Fact]
    public void A_commit_that_is_repeated_is_counted_as_delayed_and_measured_once()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        var meters = new CommitMeters(factory);
        var batch = new Batch { Commands = 7 };
        var times = new List<double>();
        var delayed = 0L;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Scope == factory)
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => times.Add(value));
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => delayed = value);
        listener.Start();

        meters.Committed(batch, new CommitResult.Later(Reason.Of($"full")), TimeSpan.FromSeconds(1));
        meters.Committed(batch, new CommitResult.Durable(), TimeSpan.FromSeconds(2));
        listener.RecordObservableInstruments();

        Assert.Equal([2.0], times);
        Assert.Equal(1, delayed);
    }
}
