using System.Text.Encodings.Web;
using System.Text.Json;
using Headrace.Worker.Onnx.Models;
using Microsoft.ML.OnnxRuntime;

namespace Headrace.Worker.Onnx.Rows;

/// <summary>
/// The values of one output for the rows of a batch. It copies them from the model and writes them to the results of
/// the jobs.
/// </summary>
internal abstract class OutputColumn(ModelTensor tensor)
{
    /// <summary>Results are JSON and never part of a web page, so other characters than ASCII stay readable.</summary>
    public static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    private readonly JsonEncodedText _name = JsonEncodedText.Encode(tensor.Name, Encoder);
    private readonly List<int> _at = [];
    private int[] _dimensions = [];
    private bool _isSingleValue;
    private int _rowSize;

    /// <summary>Copies what the model returned for a number of rows.</summary>
    /// <exception cref="InvalidOutputException">The output does not have this number of rows.</exception>
    public void Read(OrtValue value, int rows)
    {
        var shape = value.GetTensorTypeAndShape().Shape;
        if (shape.Length == 0 || shape[0] != rows)
            throw new InvalidOutputException(
                $"The output {tensor.Name} has {(shape.Length == 0 ? "no rows" : $"{shape[0]} rows")} for {rows} rows "
                    + "of input, so that no job can be assigned its part."
            );
        _dimensions = [.. shape[1..].Select(dimension => checked((int)dimension))];
        _isSingleValue = tensor.Row is null ? _dimensions is [] : tensor.IsSingleValue && _dimensions is [] or [1];
        _rowSize = _dimensions.Aggregate(1, (size, dimension) => checked(size * dimension));
        Copy(value, checked(_rowSize * rows));
    }

    /// <summary>Writes the value of a row as a member of an object.</summary>
    /// <exception cref="InvalidOutputException">The value cannot be expressed in JSON.</exception>
    public void Write(Utf8JsonWriter json, int row)
    {
        json.WritePropertyName(_name);
        _at.Clear();
        var next = row * _rowSize;
        if (_isSingleValue)
            WriteElement(json, next);
        else
            WriteDimension(json, 0, ref next);
    }

    protected abstract void Copy(OrtValue value, int count);

    protected abstract void WriteElement(Utf8JsonWriter json, int at);

    /// <summary>Returns an exception for a number that JSON cannot express.</summary>
    protected InvalidOutputException NotFinite(string number) =>
        new(
            $"The model returned {number} for {tensor.Name}{string.Concat(_at.Select(i => $"[{i}]"))}, which JSON "
                + "cannot express."
        );

    private void WriteDimension(Utf8JsonWriter json, int level, ref int next)
    {
        if (level == _dimensions.Length)
        {
            WriteElement(json, next++);
            return;
        }
        json.WriteStartArray();
        _at.Add(0);
        for (var i = 0; i < _dimensions[level]; i++)
        {
            _at[level] = i;
            WriteDimension(json, level + 1, ref next);
        }
        _at.RemoveAt(level);
        json.WriteEndArray();
    }
}
