namespace Headrace.Protocol.Exchange;

/// <summary>What went wrong, in the method's own words.</summary>
internal sealed record OutcomeError : IWireMessage
{
    public string Type { get; set; } = "";
    public string Message { get; set; } = "";
    public string Detail { get; set; } = "";
    public bool Retryable { get; set; }

    public void WriteTo(ref WireWriter writer)
    {
        writer.Text(1, Type);
        writer.Text(2, Message);
        writer.Text(3, Detail);
        writer.Flag(4, Retryable);
    }

    public static OutcomeError Read(ref WireReader reader, OutcomeError? onto)
    {
        var error = onto ?? new OutcomeError();
        var outer = reader.Enter();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    error.Type = reader.Text();
                    break;
                case 2:
                    error.Message = reader.Text();
                    break;
                case 3:
                    error.Detail = reader.Text();
                    break;
                case 4:
                    error.Retryable = reader.Flag();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        reader.Leave(outer);
        return error;
    }
}
