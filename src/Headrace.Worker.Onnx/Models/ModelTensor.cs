using Headrace.Core;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Headrace.Worker.Onnx.Models;

/// <summary>
/// An input or an output of a model. Its first dimension counts the rows of a batch, and each job is one row.
/// </summary>
internal sealed record ModelTensor
{
    /// <summary>A dimension whose size differs from call to call.</summary>
    public const int Variable = -1;

    private ModelTensor(string name, TensorElementType type, int[]? dimensions)
    {
        (Name, Type, IsOneRow) = (name, type, dimensions is [1, ..]);
        Row = dimensions?[1..];
    }

    public string Name { get; }

    public TensorElementType Type { get; }

    /// <summary>Gets whether the model takes or returns exactly one row in a call.</summary>
    public bool IsOneRow { get; }

    /// <summary>
    /// Gets the dimensions of a row, <see cref="Variable"/> for those that differ from call to call; null if the model
    /// does not state them.
    /// </summary>
    public IReadOnlyList<int>? Row { get; }

    /// <summary>Gets whether a row is a single value, which is not written as an array.</summary>
    public bool IsSingleValue => Row is [] or [1];

    /// <summary>Gets whether every row has the same known size.</summary>
    public bool HasFixedRow => Row is { } row && !row.Contains(Variable);

    /// <summary>
    /// Reads the description of an input. Throws <see cref="HeadraceException"/> if it cannot be used.
    /// </summary>
    public static ModelTensor Input(string name, NodeMetadata metadata) =>
        metadata.Dimensions is { Length: > 0 }
            ? Of("input", name, metadata)
            : throw new HeadraceException(
                $"The input {name} has no dimensions. Its first dimension must count the rows of a batch: export the "
                    + "model with a dynamic batch size."
            );

    /// <summary>
    /// Reads the description of an output. Throws <see cref="HeadraceException"/> if it cannot be used.
    /// </summary>
    public static ModelTensor Output(string name, NodeMetadata metadata) => Of("output", name, metadata);

    private static ModelTensor Of(string what, string name, NodeMetadata metadata)
    {
        if (metadata.OnnxValueType != OnnxValueType.ONNX_TYPE_TENSOR)
            throw new HeadraceException(
                $"The {what} {name} is not a tensor. "
                    + (
                        what == "output"
                            ? "Use --output to name the outputs to return, or export a classifier without ZipMap."
                            : "Models with such inputs cannot be used."
                    )
            );
        if (!ElementSchemas.All.ContainsKey(metadata.ElementDataType))
            throw new HeadraceException(
                $"The {what} {name} has the element type {metadata.ElementDataType}. Supported are "
                    + $"{string.Join(", ", ElementSchemas.All.Keys)}."
            );
        var dimensions = metadata.Dimensions.Length == 0 ? null : metadata.Dimensions;
        if (dimensions is [not (Variable or 1), ..])
            throw new HeadraceException(
                $"The first dimension of the {what} {name} is {dimensions[0]}. It must count the rows of a batch: "
                    + "export the model with a dynamic batch size, or with a batch size of 1."
            );
        return new ModelTensor(name, metadata.ElementDataType, dimensions);
    }

    /// <summary>Returns the type and the dimensions, such as <c>Float[rows, 15]</c>.</summary>
    public override string ToString() =>
        $"{Name} {Type}[{string.Join(", ", [IsOneRow ? "1" : "rows", .. (Row ?? []).Select(Text)])}]"
        + (Row is null ? "?" : "");

    private static string Text(int dimension) =>
        dimension == Variable ? "?" : dimension.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
