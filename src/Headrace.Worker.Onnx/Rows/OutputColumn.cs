using System.Text.Encodings.Web;
using System.Text.Json;
using Headrace.Worker.Onnx.Models;
using Microsoft.ML.OnnxRuntime;

namespace Headrace.Worker.Onnx.Rows;

/// <summary>
/// The values of one output for the rows of a batch. It copies them from the model and writes them to the results of
/// the jobs.
/// </summary>
internal abstract class OutputColumn(ModelValue output)
{
    /// <summary>Results are JSON and never part of a web page, so non-ASCII characters are not escaped.</summary>
    public static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    private readonly JsonEncodedText _name = JsonEncodedText.Encode(output.Name, Encoder);

    protected ModelValue Output { get; } = output;

    /// <summary>Copies the values that the model returned for a number of rows.</summary>
    /// <exception cref="InvalidOutputException">The output does not have this number of rows.</exception>
    public abstract void Read(OrtValue value, int rows);

    /// <summary>Writes the value of a row as a member of an object.</summary>
    /// <exception cref="InvalidOutputException">The value cannot be expressed in JSON.</exception>
    public void Write(Utf8JsonWriter json, int row)
    {
        json.WritePropertyName(_name);
        WriteValue(json, row);
    }

    protected abstract void WriteValue(Utf8JsonWriter json, int row);

    protected InvalidOutputException WrongRows(long found, int expected) =>
        new(
            $"The output {Output.Name} has {found} rows for {expected} rows of input, so it cannot be divided among "
                + "the jobs. Use --output to name the outputs to return."
        );

    /// <summary>Returns an exception for a number that JSON cannot express.</summary>
    /// <param name="number">The number.</param>
    /// <param name="place">Its position in the output.</param>
    protected InvalidOutputException NotFinite(string number, string place) =>
        new($"The model returned {number} for {Output.Name}{place}, which JSON cannot represent.");
}
