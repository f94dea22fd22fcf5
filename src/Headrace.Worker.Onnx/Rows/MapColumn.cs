using System.Globalization;
using System.Text.Json;
using Headrace.Worker.Onnx.Models;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Headrace.Worker.Onnx.Rows;

/// <summary>An output with a map for each row, from the classes of a classifier to their probabilities.</summary>
internal sealed class MapColumn(ModelValue output) : OutputColumn(output)
{
    private readonly List<(string[] Classes, float[] Numbers)> _rows = [];

    public override void Read(OrtValue value, int rows)
    {
        var count = value.GetValueCount();
        if (count != rows)
            throw WrongRows(count, rows);
        _rows.Clear();
        for (var row = 0; row < rows; row++)
        {
            using var map = value.GetValue(row, OrtAllocator.DefaultInstance);
            using var classes = map.GetValue(0, OrtAllocator.DefaultInstance);
            using var numbers = map.GetValue(1, OrtAllocator.DefaultInstance);
            _rows.Add((TextsOf(classes), numbers.GetTensorDataAsSpan<float>().ToArray()));
        }
    }

    protected override void WriteValue(Utf8JsonWriter json, int row)
    {
        var (classes, numbers) = _rows[row];
        json.WriteStartObject();
        for (var i = 0; i < classes.Length; i++)
            if (float.IsFinite(numbers[i]))
                json.WriteNumber(classes[i], numbers[i]);
            else
                throw NotFinite(numbers[i].ToString(CultureInfo.InvariantCulture), $"[{classes[i]}]");
        json.WriteEndObject();
    }

    private static string[] TextsOf(OrtValue classes) =>
        classes.GetTensorTypeAndShape().ElementDataType == TensorElementType.String
            ? classes.GetStringTensorAsArray()
            :
            [
                .. classes
                    .GetTensorDataAsSpan<long>()
                    .ToArray()
                    .Select(number => number.ToString(CultureInfo.InvariantCulture)),
            ];
}
