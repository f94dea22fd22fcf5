using System.Text.Json;

namespace Headrace.Apps.Pipeline.Messages;

/// <summary>What a message asks for.</summary>
/// <param name="Method">The registered name of the method.</param>
/// <param name="Param">The parameter; null if the message has params instead.</param>
internal sealed record PipelineRequest(string Method, long? Param)
{
    /// <summary>The method of a message that names none, as in the seed.</summary>
    public const string DefaultMethod = "simulate";

    /// <summary>The params of the method as a JSON object; null if the message has a single parameter.</summary>
    public JsonElement? Params { get; init; }
}

/// <summary>The reading of a message: a request, a stop, or a fault.</summary>
internal sealed record RequestReading
{
    public PipelineRequest? Request { get; init; }

    public bool IsStop { get; init; }

    /// <summary>What is wrong with the message; null if it can be read.</summary>
    public string? Fault { get; init; }
}
