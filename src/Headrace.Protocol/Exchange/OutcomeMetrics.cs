namespace Headrace.Protocol.Exchange;

/// <summary>Times measured inside the worker, in the wall time of its machine, and what the attempt used.</summary>
internal sealed record OutcomeMetrics : IWireMessage
{
    public WireTime? Received { get; set; }
    public WireTime? Started { get; set; }
    public WireTime? Ended { get; set; }
    public double CpuMs { get; set; }
    public ulong PeakBytes { get; set; }

    public void WriteTo(ref WireWriter writer)
    {
        writer.Time(1, Received);
        writer.Time(2, Started);
        writer.Time(3, Ended);
        writer.Double(4, CpuMs);
        writer.Number(5, PeakBytes);
    }

    public static OutcomeMetrics Read(ref WireReader reader, OutcomeMetrics? onto)
    {
        var metrics = onto ?? new OutcomeMetrics();
        var outer = reader.Enter();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    metrics.Received = WireTime.Read(ref reader, metrics.Received);
                    break;
                case 2:
                    metrics.Started = WireTime.Read(ref reader, metrics.Started);
                    break;
                case 3:
                    metrics.Ended = WireTime.Read(ref reader, metrics.Ended);
                    break;
                case 4:
                    metrics.CpuMs = reader.Double();
                    break;
                case 5:
                    metrics.PeakBytes = reader.Number();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        reader.Leave(outer);
        return metrics;
    }
}
