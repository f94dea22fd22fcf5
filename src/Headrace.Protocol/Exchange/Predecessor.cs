using How = Headrace.Protocol.Wire.Predecessor.Types.How;

namespace Headrace.Protocol.Exchange;

/// <summary>The incarnation that a joining worker follows, and how it was seen to end.</summary>
internal readonly record struct Predecessor(ulong Incarnation, How How) : IWireMessage
{
    public void WriteTo(ref WireWriter writer)
    {
        writer.Fixed64(1, Incarnation);
        writer.Number(2, (ulong)How);
    }

    public static Predecessor Read(ref WireReader reader, Predecessor? onto)
    {
        var (incarnation, how) = onto ?? default;
        var outer = reader.Enter();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    incarnation = reader.Fixed64();
                    break;
                case 2:
                    how = (How)(int)reader.Number();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        reader.Leave(outer);
        return new Predecessor(incarnation, how);
    }
}
