using System.Globalization;
using Headrace.Core;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Headrace.Worker.Onnx.Models;

/// <summary>
/// An input or an output of a model. Its first dimension counts the rows of a batch, and each job is one row.
/// </summary>
internal sealed record ModelValue
{
    /// <summary>A dimension whose size varies from call to call.</summary>
    public const int Variable = -1;

    private ModelValue(string name, TensorElementType type) => (Name, Type) = (name, type);

    public string Name { get; }

    /// <summary>Gets the element type; for a map, the value type.</summary>
    public TensorElementType Type { get; }

    /// <summary>Gets a value indicating whether the model takes or returns exactly one row per call.</summary>
    public bool IsOneRow { get; private init; }

    /// <summary>
    /// Gets a value indicating whether a row is a map from classes to numbers, as returned by scikit-learn classifiers.
    /// Otherwise, it is part of a tensor.
    /// </summary>
    public bool IsMap { get; private init; }

    /// <summary>
    /// Gets the dimensions of a row, with <see cref="Variable"/> for those that vary from call to call; null if the
    /// model does not state them.
    /// </summary>
    public IReadOnlyList<int>? Row { get; private init; }

    /// <summary>Gets a value indicating whether a row is a single value, which is not written as an array.</summary>
    public bool IsSingleValue => Row is [] or [1];

    /// <summary>Gets a value indicating whether every row has the same known size.</summary>
    public bool HasFixedRow => Row is { } row && !row.Contains(Variable);

    /// <summary>
    /// Reads the description of an input. Throws <see cref="HeadraceException"/> if it cannot be used.
    /// </summary>
    public static ModelValue Input(string name, NodeMetadata metadata)
    {
        if (metadata.OnnxValueType != OnnxValueType.ONNX_TYPE_TENSOR)
            throw new HeadraceException($"The input {name} is not a tensor. Models with such inputs cannot be used.");
        return metadata.Dimensions.Length > 0
            ? OfTensor("input", name, metadata)
            : throw new HeadraceException(
                $"The input {name} has no dimensions. Its first dimension must be the number of rows in a batch: "
                    + "export the model with a dynamic batch size."
            );
    }

    /// <summary>
    /// Reads the description of an output. Throws <see cref="HeadraceException"/> if it cannot be used.
    /// </summary>
    public static ModelValue Output(string name, NodeMetadata metadata) =>
        metadata.OnnxValueType == OnnxValueType.ONNX_TYPE_TENSOR ? OfTensor("output", name, metadata)
        : IsClassProbabilities(metadata) ? new ModelValue(name, TensorElementType.Float) { IsMap = true }
        : throw new HeadraceException(
            $"The output {name} is neither a tensor nor the classes and probabilities of a classifier. Use --output to "
                + "name the outputs to return."
        );

    /// <summary>Returns the name, the type and the dimensions, such as <c>x Float[rows, 15]</c>.</summary>
    public override string ToString()
    {
        if (IsMap)
            return $"{Name} map of {Type}";
        IEnumerable<string> dimensions = (Row ?? []).Select(Text).Prepend(IsOneRow ? "1" : "rows");
        return $"{Name} {Type}[{string.Join(", ", dimensions)}]{(Row is null ? " of unknown rank" : "")}";
    }

    private static ModelValue OfTensor(string what, string name, NodeMetadata metadata)
    {
        if (!ElementSchemas.All.ContainsKey(metadata.ElementDataType))
            throw new HeadraceException(
                $"The {what} {name} has the element type {metadata.ElementDataType}. Supported types: "
                    + $"{string.Join(", ", ElementSchemas.All.Keys)}."
            );
        var dimensions = metadata.Dimensions;
        if (dimensions is [not (Variable or 1), ..])
            throw new HeadraceException(
                $"The first dimension of the {what} {name} is {dimensions[0]}. It must be the number of rows in a "
                    + "batch: export the model with a dynamic batch size, or with a batch size of 1."
            );
        return new ModelValue(name, metadata.ElementDataType)
        {
            IsOneRow = dimensions is [1, ..],
            Row = dimensions.Length == 0 ? null : dimensions[1..],
        };
    }

    /// <summary>Returns whether an output has the type that the ZipMap operator produces: a map for each row.</summary>
    private static bool IsClassProbabilities(NodeMetadata metadata) =>
        metadata.OnnxValueType == OnnxValueType.ONNX_TYPE_SEQUENCE
        && metadata.AsSequenceMetadata().ElementMeta is { OnnxValueType: OnnxValueType.ONNX_TYPE_MAP } element
        && element.AsMapMetadata().ValueMetadata is { OnnxValueType: OnnxValueType.ONNX_TYPE_TENSOR } values
        && values.ElementDataType == TensorElementType.Float;

    private static string Text(int dimension) =>
        dimension == Variable ? "?" : dimension.ToString(CultureInfo.InvariantCulture);
}
