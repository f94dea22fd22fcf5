using System.Text.Json;
using Headrace.Worker.Onnx.Models;
using Microsoft.ML.OnnxRuntime;

namespace Headrace.Worker.Onnx.Rows;

/// <summary>
/// The values of one input for the rows of a batch. It reads them from the params of the jobs and passes them to the
/// model.
/// </summary>
internal abstract class InputColumn
{
    private readonly int[] _declared;
    private readonly int[] _dimensions;
    private readonly int[] _at;
    private int _next;

    /// <param name="value">The input, whose row dimensions are known.</param>
    protected InputColumn(ModelValue value)
    {
        Input = value;
        _declared = [.. value.Row!];
        _dimensions = [.. _declared];
        _at = new int[_declared.Length];
        RowSize = value.HasFixedRow ? _declared.Aggregate(1, (size, dimension) => checked(size * dimension)) : 0;
    }

    public ModelValue Input { get; }

    /// <summary>Gets the number of elements in a row; 0 if it varies from row to row.</summary>
    protected int RowSize { get; }

    /// <summary>Reads the value of a row. The reader must be at its first token.</summary>
    /// <exception cref="InvalidRowException">The value does not fit the input.</exception>
    public void Read(ref Utf8JsonReader reader, int row)
    {
        _next = row * RowSize;
        if (Input.IsSingleValue)
            ReadElement(ref reader, _next);
        else
        {
            _declared.CopyTo(_dimensions, 0);
            ReadDimension(ref reader, 0);
        }
    }

    /// <summary>
    /// Returns the values of consecutive rows as a tensor, which refers to the memory of this column.
    /// </summary>
    public OrtValue ToTensor(int firstRow, int rows)
    {
        var shape = new long[1 + _dimensions.Length];
        shape[0] = rows;
        for (var i = 0; i < _dimensions.Length; i++)
            shape[i + 1] = Math.Max(_dimensions[i], 0);
        var size = shape.AsSpan(1).ToArray().Aggregate(1L, (product, dimension) => product * dimension);
        return ToTensor(firstRow * RowSize, checked((int)(rows * size)), shape);
    }

    /// <summary>
    /// Fills a row with zeros for the first run of the model, which precedes all jobs. Each variable dimension gets one
    /// element.
    /// </summary>
    public void SetToZero(int row)
    {
        for (var i = 0; i < _dimensions.Length; i++)
            _dimensions[i] = _declared[i] == ModelValue.Variable ? 1 : _declared[i];
        var size = _dimensions.Aggregate(1, (product, dimension) => product * dimension);
        for (var i = 0; i < size; i++)
            SetElementToZero((row * RowSize) + i);
    }

    /// <summary>Reads the element at the reader's current token into a position in the buffer.</summary>
    protected abstract void ReadElement(ref Utf8JsonReader reader, int at);

    /// <summary>Sets one element to zero, or to the empty value of its type.</summary>
    protected abstract void SetElementToZero(int at);

    /// <summary>Returns elements of the buffer as a tensor.</summary>
    protected abstract OrtValue ToTensor(int start, int count, long[] shape);

    /// <summary>Returns an exception that names the position of the reader's current element.</summary>
    protected InvalidRowException Invalid(ref Utf8JsonReader reader, string expected) =>
        Invalid(ref reader, expected, Input.IsSingleValue ? 0 : _at.Length);

    private void ReadDimension(ref Utf8JsonReader reader, int level)
    {
        if (level == _dimensions.Length)
        {
            ReadElement(ref reader, _next++);
            return;
        }
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Invalid(ref reader, "an array", level);
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (count == _dimensions[level])
                throw WrongCount(level, "more");
            _at[level] = count++;
            ReadDimension(ref reader, level + 1);
        }
        _at[level] = 0;
        if (_dimensions[level] == ModelValue.Variable)
            _dimensions[level] = count;
        else if (count < _dimensions[level])
            throw WrongCount(level, count.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private InvalidRowException Invalid(ref Utf8JsonReader reader, string expected, int level) =>
        new($"{Place(level)} is {Describe(ref reader)}; it must be {expected}.");

    private InvalidRowException WrongCount(int level, string count) =>
        new($"{Place(level)} has {count} elements; it must have {_dimensions[level]}.");

    /// <summary>Returns the position in an array that has this many levels, such as <c>image[1][2]</c>.</summary>
    private string Place(int levels) => Input.Name + string.Concat(_at.Take(levels).Select(i => $"[{i}]"));

    private static string Describe(ref Utf8JsonReader reader) =>
        reader.TokenType switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "an array",
            JsonTokenType.String => "a string",
            JsonTokenType.Null => "null",
            JsonTokenType.True => "true",
            JsonTokenType.False => "false",
            _ => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
        };
}
