using System.Text.Json;
using Headrace.Worker.Onnx.Models;
using Microsoft.ML.OnnxRuntime;

namespace Headrace.Worker.Onnx.Rows;

/// <summary>An output that is a tensor, whose first dimension counts the rows.</summary>
internal abstract class TensorColumn(ModelValue output) : OutputColumn(output)
{
    private readonly List<int> _at = [];
    private int[] _dimensions = [];
    private bool _isSingleValue;
    private int _rowSize;

    public sealed override void Read(OrtValue value, int rows)
    {
        var shape = value.GetTensorTypeAndShape().Shape;
        if (shape.Length == 0 || shape[0] != rows)
            throw WrongRows(shape.Length == 0 ? 0 : shape[0], rows);
        _dimensions = [.. shape[1..].Select(dimension => checked((int)dimension))];
        _isSingleValue = Output.Row is null ? _dimensions is [] : Output.IsSingleValue && _dimensions is [] or [1];
        _rowSize = _dimensions.Aggregate(1, (size, dimension) => checked(size * dimension));
        Copy(value, checked(_rowSize * rows));
    }

    protected sealed override void WriteValue(Utf8JsonWriter json, int row)
    {
        _at.Clear();
        var next = row * _rowSize;
        if (_isSingleValue)
            WriteElement(json, next);
        else
            WriteDimension(json, 0, ref next);
    }

    /// <summary>Copies all elements of the tensor.</summary>
    protected abstract void Copy(OrtValue value, int count);

    protected abstract void WriteElement(Utf8JsonWriter json, int at);

    /// <summary>Returns an exception for the element that is being written.</summary>
    protected InvalidOutputException NotFinite(string number) =>
        NotFinite(number, string.Concat(_at.Select(i => $"[{i}]")));

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
