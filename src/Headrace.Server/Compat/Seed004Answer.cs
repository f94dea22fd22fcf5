using System.Text.Json;

namespace Headrace.Server.Compat;

/// <summary>The part of a pricing method's result that the tables of seed system 004 need.</summary>
internal sealed record Seed004Answer(Seed004AnswerCell Cell)
{
    public double? Seconds => Cell.Timing?.WallMicroseconds / 1e6;

    public double? CpuSeconds => Cell.Timing?.CpuMicroseconds / 1e6;
}

/// <param name="Values">The values at all points; empty if the method returned none.</param>
/// <param name="Error">The largest relative error over all points; null if it is unknown.</param>
/// <param name="Timing">The time of a call; null if it was not measured.</param>
/// <param name="Reason">The reason why there are no values, or why the error is missing or large; otherwise
/// null.</param>
internal sealed record Seed004AnswerCell(
    IReadOnlyList<double> Values,
    double? Error,
    Seed004Timing? Timing,
    string? Reason
)
{
    /// <summary>Returns the largest relative error; null if it cannot be computed.</summary>
    public static double? ErrorOf(IReadOnlyList<double> values, IReadOnlyList<double> references)
    {
        if (values.Count == 0 || values.Count != references.Count)
            return null;
        var error = values
            .Zip(references, (value, reference) => Math.Abs(value - reference) / Math.Abs(reference))
            .Max();
        return double.IsFinite(error) ? error : null;
    }
}

internal sealed record Seed004Timing(double CpuMicroseconds, double WallMicroseconds);

/// <summary>The part of an Octave function's result that the tables need.</summary>
/// <param name="Values">The values at all points.</param>
/// <param name="Cpu">The CPU time of one call in seconds, for each measurement.</param>
/// <param name="Wall">The wall time of one call in seconds, for each measurement.</param>
internal sealed record Seed004OctaveAnswer(
    IReadOnlyList<double> Values,
    IReadOnlyList<double> Cpu,
    IReadOnlyList<double> Wall
)
{
    /// <param name="references">The reference values; empty if there are none.</param>
    public Seed004Answer? ToAnswer(IReadOnlyList<double> references)
    {
        if (Cpu is not { Count: > 0 } || Wall is not { Count: > 0 } || Values is null)
            return null;
        var error = Seed004AnswerCell.ErrorOf(Values, references);
        return new Seed004Answer(
            new Seed004AnswerCell(
                Values,
                error,
                new Seed004Timing(1e6 * Cpu.Average(), 1e6 * Wall.Average()),
                error is null ? "There is no reference value for these parameters." : null
            )
        );
    }
}

/// <summary>
/// The description of a problem for Octave functions, which have no built-in problems: the name of the function, its
/// arguments, and the reference values.
/// </summary>
internal sealed record Seed004Description(string Function, JsonElement Arguments, IReadOnlyList<double> Reference)
{
    /// <summary>
    /// Whether all members are present. Some of them may be missing from the result of another program.
    /// </summary>
    public bool IsComplete =>
        Function is not null && Reference is not null && Arguments.ValueKind == JsonValueKind.Array;

    /// <summary>Returns the params of a job that calls and measures a function with these arguments.</summary>
    public byte[] ToMeasure()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WritePropertyName("arguments");
            Arguments.WriteTo(json);
            json.WriteStartObject("measure");
            json.WriteString("protocol", "paper");
            json.WriteNumber("seconds", 1);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
