using OnLost = Headrace.Protocol.Wire.Offer.Types.OnLost;

namespace Headrace.Protocol.Exchange;

/// <summary>A method that the worker offers, and what the loss of the worker means for its jobs.</summary>
internal sealed record Offer : IWireMessage
{
    public string Method { get; set; } = "";
    public uint Version { get; set; }

    /// <summary>JSON Schema of the parameters; empty where the server knows it.</summary>
    public string Schema { get; set; } = "";

    public OnLost OnLost { get; set; }
    public bool Exclusive { get; set; }
    public uint? MaxKills { get; set; }
    public uint? MaxLosses { get; set; }
    public string RunsOn { get; set; } = "";

    public void WriteTo(ref WireWriter writer)
    {
        writer.Text(1, Method);
        writer.Number(2, Version);
        writer.Text(3, Schema);
        writer.Number(4, (ulong)OnLost);
        writer.Flag(5, Exclusive);
        writer.Optional(6, MaxKills);
        writer.Optional(7, MaxLosses);
        writer.Text(8, RunsOn);
    }

    public static Offer Read(ref WireReader reader)
    {
        var offer = new Offer();
        var outer = reader.Enter();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    offer.Method = reader.Text();
                    break;
                case 2:
                    offer.Version = (uint)reader.Number();
                    break;
                case 3:
                    offer.Schema = reader.Text();
                    break;
                case 4:
                    offer.OnLost = (OnLost)(int)reader.Number();
                    break;
                case 5:
                    offer.Exclusive = reader.Flag();
                    break;
                case 6:
                    offer.MaxKills = (uint)reader.Number();
                    break;
                case 7:
                    offer.MaxLosses = (uint)reader.Number();
                    break;
                case 8:
                    offer.RunsOn = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        reader.Leave(outer);
        return offer;
    }
}
