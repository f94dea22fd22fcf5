namespace Headrace.Protocol.Exchange;

/// <summary>How far a run is, and a few words.</summary>
internal sealed record Progress(double Fraction, string Text) : IWireMessage
{
    public void WriteTo(ref WireWriter writer)
    {
        writer.Double(1, Fraction);
        writer.Text(2, Text);
    }

    public static Progress Read(ref WireReader reader, Progress? onto)
    {
        var (fraction, text) = (onto?.Fraction ?? 0, onto?.Text ?? "");
        var outer = reader.Enter();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    fraction = reader.Double();
                    break;
                case 2:
                    text = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        reader.Leave(outer);
        return new Progress(fraction, text);
    }
}
