using Headrace.Core.Jobs;

namespace Headrace.Protocol.Exchange;

/// <summary>A job to run. Params and body of one that was read are slices of its message.</summary>
internal sealed record LeasedJob : IWireMessage
{
    public LeaseToken Lease { get; set; }
    public string Queue { get; set; } = "";
    public string Method { get; set; } = "";
    public uint Version { get; set; }

    /// <summary>
    /// JSON text in UTF-8; empty for none. Bytes until the method reads them: there is no need of a string between.
    /// </summary>
    public ReadOnlyMemory<byte> Params { get; set; }

    public ReadOnlyMemory<byte> Body { get; set; }
    public string ContentType { get; set; } = "";

    /// <summary>Absent for no limit.</summary>
    public WireTime? TimeLimit { get; set; }

    public WireTime? Deadline { get; set; }

    /// <summary>A suspect: it runs by itself (R10).</summary>
    public bool Alone { get; set; }

    public void WriteTo(ref WireWriter writer)
    {
        writer.Lease(1, Lease);
        writer.Text(2, Queue);
        writer.Text(3, Method);
        writer.Number(4, Version);
        writer.Bytes(5, Params);
        writer.Bytes(6, Body);
        writer.Text(7, ContentType);
        writer.Time(8, TimeLimit);
        writer.Time(9, Deadline);
        writer.Flag(10, Alone);
    }

    public static LeasedJob Read(ref WireReader reader)
    {
        var job = new LeasedJob();
        var outer = reader.Enter();
        while (reader.Next())
            job.ReadField(ref reader);
        reader.Leave(outer);
        return job;
    }

    private void ReadField(ref WireReader reader)
    {
        switch (reader.Field)
        {
            case 1:
                Lease = reader.Lease(Lease);
                break;
            case 2:
                Queue = reader.Text();
                break;
            case 3:
                Method = reader.Text();
                break;
            case 4:
                Version = (uint)reader.Number();
                break;
            case 5:
                Params = reader.Utf8Bytes();
                break;
            case 6:
                Body = reader.Bytes();
                break;
            case 7:
                ContentType = reader.Text();
                break;
            case 8:
                TimeLimit = WireTime.Read(ref reader, TimeLimit);
                break;
            case 9:
                Deadline = WireTime.Read(ref reader, Deadline);
                break;
            case 10:
                Alone = reader.Flag();
                break;
            default:
                reader.Skip();
                break;
        }
    }
}
