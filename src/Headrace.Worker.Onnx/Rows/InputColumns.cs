using System.Diagnostics;
using System.Numerics;
using System.Text.Json;
using Headrace.Worker.Onnx.Models;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Headrace.Worker.Onnx.Rows;

/// <summary>The columns of the supported element types.</summary>
internal static class InputColumns
{
    public static InputColumn Create(ModelValue value) =>
        value.Type switch
        {
            TensorElementType.Float => new FloatColumn<float>(value, "a 32-bit float"),
            TensorElementType.Double => new FloatColumn<double>(value, "a 64-bit float"),
            TensorElementType.Int8 => new IntegerColumn<sbyte>(value),
            TensorElementType.Int16 => new IntegerColumn<short>(value),
            TensorElementType.Int32 => new IntegerColumn<int>(value),
            TensorElementType.Int64 => new IntegerColumn<long>(value),
            TensorElementType.UInt8 => new IntegerColumn<byte>(value),
            TensorElementType.UInt16 => new IntegerColumn<ushort>(value),
            TensorElementType.UInt32 => new IntegerColumn<uint>(value),
            TensorElementType.UInt64 => new IntegerColumn<ulong>(value),
            TensorElementType.Bool => new BooleanColumn(value),
            TensorElementType.String => new TextColumn(value),
            var type => throw new UnreachableException($"An input of type {type} was accepted."),
        };

    /// <summary>A column of numbers or booleans, which the model reads directly from the column's memory.</summary>
    private abstract class ValueColumn<T>(ModelValue value) : InputColumn(value)
        where T : unmanaged
    {
        private T[] _elements = [];

        protected sealed override void ReadElement(ref Utf8JsonReader reader, int at) => Set(at, Convert(ref reader));

        protected sealed override void SetElementToZero(int at) => Set(at, default);

        protected sealed override OrtValue ToTensor(int start, int count, long[] shape) =>
            OrtValue.CreateTensorValueFromMemory(
                OrtMemoryInfo.DefaultInstance,
                _elements.AsMemory(start, count),
                shape
            );

        protected abstract T Convert(ref Utf8JsonReader reader);

        private void Set(int at, T element)
        {
            if (at >= _elements.Length)
                Array.Resize(ref _elements, Math.Max(at + 1, _elements.Length * 2));
            _elements[at] = element;
        }
    }

    private sealed class FloatColumn<T>(ModelValue value, string typeName) : ValueColumn<T>(value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        protected override T Convert(ref Utf8JsonReader reader)
        {
            if (reader.TokenType != JsonTokenType.Number)
                throw Invalid(ref reader, "a number");
            var number = T.CreateTruncating(reader.GetDouble());
            return T.IsFinite(number) ? number : throw Invalid(ref reader, $"in the range of {typeName}");
        }
    }

    private sealed class IntegerColumn<T>(ModelValue value) : ValueColumn<T>(value)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        protected override T Convert(ref Utf8JsonReader reader)
        {
            if (reader.TokenType != JsonTokenType.Number)
                throw Invalid(ref reader, "a whole number");
            // A whole number may also be written as 3.0 or 3e2, and the largest 64-bit numbers exceed Int64.
            decimal number =
                reader.TryGetInt64(out var whole) ? whole
                : reader.TryGetDecimal(out var other) ? other
                : throw OutOfRange(ref reader);
            if (decimal.Truncate(number) != number)
                throw Invalid(ref reader, "a whole number");
            return number >= decimal.CreateChecked(T.MinValue) && number <= decimal.CreateChecked(T.MaxValue)
                ? T.CreateTruncating(number)
                : throw OutOfRange(ref reader);
        }

        private InvalidRowException OutOfRange(ref Utf8JsonReader reader) =>
            Invalid(ref reader, $"from {T.MinValue} to {T.MaxValue}");
    }

    private sealed class BooleanColumn(ModelValue value) : ValueColumn<bool>(value)
    {
        protected override bool Convert(ref Utf8JsonReader reader) =>
            reader.TokenType is JsonTokenType.True or JsonTokenType.False
                ? reader.GetBoolean()
                : throw Invalid(ref reader, "true or false");
    }

    /// <summary>A column of strings, which the library copies.</summary>
    private sealed class TextColumn(ModelValue value) : InputColumn(value)
    {
        private readonly List<string> _elements = [];

        protected override void ReadElement(ref Utf8JsonReader reader, int at) =>
            Set(
                at,
                reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw Invalid(ref reader, "a string")
            );

        protected override void SetElementToZero(int at) => Set(at, "");

        protected override OrtValue ToTensor(int start, int count, long[] shape)
        {
            var tensor = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
            for (var i = 0; i < count; i++)
                tensor.StringTensorSetElementAt(_elements[start + i].AsSpan(), i);
            return tensor;
        }

        private void Set(int at, string element)
        {
            while (_elements.Count <= at)
                _elements.Add("");
            _elements[at] = element;
        }
    }
}
