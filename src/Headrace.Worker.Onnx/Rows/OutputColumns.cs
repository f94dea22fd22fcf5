using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Headrace.Worker.Onnx.Models;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Headrace.Worker.Onnx.Rows;

/// <summary>The columns of the supported element types.</summary>
internal static class OutputColumns
{
    public static OutputColumn Create(ModelTensor tensor) =>
        tensor.Type switch
        {
            TensorElementType.Float => new FloatColumn(tensor),
            TensorElementType.Double => new DoubleColumn(tensor),
            TensorElementType.Int8 => new SignedColumn<sbyte>(tensor),
            TensorElementType.Int16 => new SignedColumn<short>(tensor),
            TensorElementType.Int32 => new SignedColumn<int>(tensor),
            TensorElementType.Int64 => new SignedColumn<long>(tensor),
            TensorElementType.UInt8 => new UnsignedColumn<byte>(tensor),
            TensorElementType.UInt16 => new UnsignedColumn<ushort>(tensor),
            TensorElementType.UInt32 => new UnsignedColumn<uint>(tensor),
            TensorElementType.UInt64 => new UnsignedColumn<ulong>(tensor),
            TensorElementType.Bool => new BooleanColumn(tensor),
            TensorElementType.String => new TextColumn(tensor),
            var type => throw new UnreachableException($"An output of the type {type} was accepted."),
        };

    private abstract class ValueColumn<T>(ModelTensor tensor) : OutputColumn(tensor)
        where T : unmanaged
    {
        private T[] _elements = [];

        protected sealed override void Copy(OrtValue value, int count)
        {
            if (_elements.Length < count)
                _elements = new T[count];
            value.GetTensorDataAsSpan<T>()[..count].CopyTo(_elements);
        }

        protected sealed override void WriteElement(Utf8JsonWriter json, int at) => Write(json, _elements[at]);

        protected abstract void Write(Utf8JsonWriter json, T element);
    }

    private sealed class FloatColumn(ModelTensor tensor) : ValueColumn<float>(tensor)
    {
        protected override void Write(Utf8JsonWriter json, float element)
        {
            if (!float.IsFinite(element))
                throw NotFinite(element.ToString(CultureInfo.InvariantCulture));
            json.WriteNumberValue(element);
        }
    }

    private sealed class DoubleColumn(ModelTensor tensor) : ValueColumn<double>(tensor)
    {
        protected override void Write(Utf8JsonWriter json, double element)
        {
            if (!double.IsFinite(element))
                throw NotFinite(element.ToString(CultureInfo.InvariantCulture));
            json.WriteNumberValue(element);
        }
    }

    private sealed class SignedColumn<T>(ModelTensor tensor) : ValueColumn<T>(tensor)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        protected override void Write(Utf8JsonWriter json, T element) =>
            json.WriteNumberValue(long.CreateTruncating(element));
    }

    private sealed class UnsignedColumn<T>(ModelTensor tensor) : ValueColumn<T>(tensor)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        protected override void Write(Utf8JsonWriter json, T element) =>
            json.WriteNumberValue(ulong.CreateTruncating(element));
    }

    private sealed class BooleanColumn(ModelTensor tensor) : ValueColumn<bool>(tensor)
    {
        protected override void Write(Utf8JsonWriter json, bool element) => json.WriteBooleanValue(element);
    }

    private sealed class TextColumn(ModelTensor tensor) : OutputColumn(tensor)
    {
        private string[] _elements = [];

        protected override void Copy(OrtValue value, int count) => _elements = value.GetStringTensorAsArray();

        protected override void WriteElement(Utf8JsonWriter json, int at) => json.WriteStringValue(_elements[at]);
    }
}
