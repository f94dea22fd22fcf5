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
    public static OutputColumn Create(ModelValue output) =>
        output.Type switch
        {
            _ when output.IsMap => new MapColumn(output),
            TensorElementType.Float => new FloatColumn(output),
            TensorElementType.Double => new DoubleColumn(output),
            TensorElementType.Int8 => new SignedColumn<sbyte>(output),
            TensorElementType.Int16 => new SignedColumn<short>(output),
            TensorElementType.Int32 => new SignedColumn<int>(output),
            TensorElementType.Int64 => new SignedColumn<long>(output),
            TensorElementType.UInt8 => new UnsignedColumn<byte>(output),
            TensorElementType.UInt16 => new UnsignedColumn<ushort>(output),
            TensorElementType.UInt32 => new UnsignedColumn<uint>(output),
            TensorElementType.UInt64 => new UnsignedColumn<ulong>(output),
            TensorElementType.Bool => new BooleanColumn(output),
            TensorElementType.String => new TextColumn(output),
            var type => throw new UnreachableException($"An output of type {type} was accepted."),
        };

    private abstract class ValueColumn<T>(ModelValue output) : TensorColumn(output)
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

    private sealed class FloatColumn(ModelValue output) : ValueColumn<float>(output)
    {
        protected override void Write(Utf8JsonWriter json, float element)
        {
            if (!float.IsFinite(element))
                throw NotFinite(element.ToString(CultureInfo.InvariantCulture));
            json.WriteNumberValue(element);
        }
    }

    private sealed class DoubleColumn(ModelValue output) : ValueColumn<double>(output)
    {
        protected override void Write(Utf8JsonWriter json, double element)
        {
            if (!double.IsFinite(element))
                throw NotFinite(element.ToString(CultureInfo.InvariantCulture));
            json.WriteNumberValue(element);
        }
    }

    private sealed class SignedColumn<T>(ModelValue output) : ValueColumn<T>(output)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        protected override void Write(Utf8JsonWriter json, T element) =>
            json.WriteNumberValue(long.CreateTruncating(element));
    }

    private sealed class UnsignedColumn<T>(ModelValue output) : ValueColumn<T>(output)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        protected override void Write(Utf8JsonWriter json, T element) =>
            json.WriteNumberValue(ulong.CreateTruncating(element));
    }

    private sealed class BooleanColumn(ModelValue output) : ValueColumn<bool>(output)
    {
        protected override void Write(Utf8JsonWriter json, bool element) => json.WriteBooleanValue(element);
    }

    private sealed class TextColumn(ModelValue output) : TensorColumn(output)
    {
        private string[] _elements = [];

        protected override void Copy(OrtValue value, int count) => _elements = value.GetStringTensorAsArray();

        protected override void WriteElement(Utf8JsonWriter json, int at) => json.WriteStringValue(_elements[at]);
    }
}
