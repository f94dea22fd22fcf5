namespace Headrace.Bench.Onnx;

/// <summary>
/// Creates a model like those used for fraud detection: a sum of complete binary decision trees over one vector of
/// features. The thresholds and the leaves are random, from a fixed seed. The time to score a row does not depend on
/// them.
/// </summary>
internal static class TreeEnsemble
{
    public const int Features = 15;
    private const int Trees = 100;
    private const int Depth = 6;
    private const int Inner = (1 << Depth) - 1;
    private const int Nodes = (1 << (Depth + 1)) - 1;
    private const int Seed = 7;

    /// <summary>Returns the model: the input <c>features</c>, and the output <c>score</c>.</summary>
    public static byte[] Create()
    {
        var random = new Random(Seed);
        var nodes = Enumerable.Range(0, Trees * Nodes).Select(i => (Tree: i / Nodes, Node: i % Nodes)).ToList();
        var leaves = nodes.Where(node => node.Node >= Inner).ToList();
        return new OnnxModel { Description = $"{Trees} trees of depth {Depth}" }
            .Input("features", OnnxType.Float, "rows", Features)
            .Output("score", OnnxType.Float, "rows", 1)
            .LearnedOperator(
                "TreeEnsembleRegressor",
                ["features"],
                "score",
                [
                    OnnxAttribute.Number("n_targets", 1),
                    OnnxAttribute.Numbers("nodes_treeids", nodes.Select(node => (long)node.Tree)),
                    OnnxAttribute.Numbers("nodes_nodeids", nodes.Select(node => (long)node.Node)),
                    OnnxAttribute.Numbers(
                        "nodes_featureids",
                        nodes.Select(node => node.Node < Inner ? (long)random.Next(Features) : 0)
                    ),
                    OnnxAttribute.Floats("nodes_values", nodes.Select(_ => random.NextSingle())),
                    OnnxAttribute.Texts("nodes_modes", nodes.Select(node => node.Node < Inner ? "BRANCH_LEQ" : "LEAF")),
                    OnnxAttribute.Numbers("nodes_truenodeids", nodes.Select(node => ChildOf(node.Node, 1))),
                    OnnxAttribute.Numbers("nodes_falsenodeids", nodes.Select(node => ChildOf(node.Node, 2))),
                    OnnxAttribute.Numbers("target_treeids", leaves.Select(leaf => (long)leaf.Tree)),
                    OnnxAttribute.Numbers("target_nodeids", leaves.Select(leaf => (long)leaf.Node)),
                    OnnxAttribute.Numbers("target_ids", leaves.Select(_ => 0L)),
                    OnnxAttribute.Floats("target_weights", leaves.Select(_ => random.NextSingle() / Trees)),
                ]
            )
            .ToBytes();
    }

    private static long ChildOf(int node, int child) => node < Inner ? (2 * node) + child : 0;
}
