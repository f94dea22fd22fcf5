using System.Text;
using System.Text.Json;

namespace Headrace.Worker.Onnx.Rows;

/// <summary>
/// Reads the params of jobs into the columns of the inputs. The params are an object with a member for each input.
/// </summary>
internal sealed class RowReader(IReadOnlyList<InputColumn> inputs)
{
    private readonly byte[][] _names = [.. inputs.Select(input => Encoding.UTF8.GetBytes(input.Input.Name))];
    private readonly bool[] _isPresent = new bool[inputs.Count];

    /// <exception cref="InvalidRowException">The params do not fit the inputs.</exception>
    public void Read(ReadOnlySpan<byte> parameters, int row)
    {
        var reader = new Utf8JsonReader(parameters.IsEmpty ? "{}"u8 : parameters);
        Array.Clear(_isPresent);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new InvalidRowException("The params must be an object with the inputs of the model.");
        // The members are usually in the same order as the inputs.
        var expected = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var input = IndexOf(ref reader, expected);
            reader.Read();
            inputs[input].Read(ref reader, row);
            _isPresent[input] = true;
            expected = input + 1;
        }
        var missing = Array.IndexOf(_isPresent, false);
        if (missing >= 0)
            throw new InvalidRowException($"The params do not contain the input {inputs[missing].Input.Name}.");
    }

    private int IndexOf(ref Utf8JsonReader reader, int expected)
    {
        if (expected < _names.Length && reader.ValueTextEquals(_names[expected]))
            return expected;
        for (var i = 0; i < _names.Length; i++)
            if (reader.ValueTextEquals(_names[i]))
                return i;
        throw new InvalidRowException(
            $"The model has no input {reader.GetString()}. Its inputs are "
                + $"{string.Join(", ", inputs.Select(input => input.Input.Name))}."
        );
    }
}
