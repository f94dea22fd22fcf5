namespace Headrace.Apps.Benchop.Numerics.Sampling;

/// <summary>
/// Pseudo-random points in antithetic pairs. The first coordinates are stratified: the cube of these coordinates is
/// divided into equal cells, each of which contains one pair, placed symmetrically about the centre of the cell (S.
/// Haber 1967, A modified Monte-Carlo quadrature II, Math. Comp. 21, 388-397). The other coordinates of a pair are u
/// and 1 - u.
/// </summary>
internal sealed class StratifiedPoints : IPointSet
{
    private readonly int _dimensions;
    private readonly int _stratified;
    private readonly int _cells;
    private readonly uint _seed;
    private readonly uint _stream;

    /// <param name="atLeast">The minimum number of points. It is rounded up so that all cells are filled.</param>
    /// <param name="stratified">The number of stratified coordinates, at most three.</param>
    /// <param name="stream">Point sets of different streams are independent.</param>
    public StratifiedPoints(int dimensions, int stratified, int atLeast, uint seed, uint stream)
    {
        _dimensions = dimensions;
        _stratified = stratified;
        _seed = seed;
        _stream = stream;
        var pairs = (atLeast + 1) / 2;
        _cells = stratified == 0 ? 1 : (int)Math.Ceiling(Math.Pow(pairs, 1.0 / stratified) - 1e-9);

        // An even number of cells in each direction makes the number of points a multiple of four.
        _cells += stratified == 0 ? 0 : _cells % 2;
        Count = stratified switch
        {
            0 => 4 * ((atLeast + 3) / 4),
            1 => 2 * _cells,
            2 => 2 * _cells * _cells,
            _ => 2 * _cells * _cells * _cells,
        };
    }

    public int Count { get; }

    public void Fill(int first, int length, Span<double> coordinates)
    {
        Span<double> uniforms = stackalloc double[ReplicatedMean.Block / 2];
        var pairs = length / 2;
        for (var dimension = 0; dimension < _dimensions; dimension++)
        {
            var groups = (pairs + Philox.Group - 1) / Philox.Group;
            Philox.Fill(_seed, _stream, (uint)dimension, first / 2 / Philox.Group, uniforms[..(groups * Philox.Group)]);
            var row = coordinates.Slice(dimension * length, length);
            if (dimension >= _stratified)
            {
                for (var pair = 0; pair < pairs; pair++)
                    (row[pair], row[pairs + pair]) = (uniforms[pair], 1 - uniforms[pair]);

                continue;
            }

            var width = 1.0 / _cells;
            var stride = dimension switch
            {
                0 => 1,
                1 => _cells,
                _ => _cells * _cells,
            };
            for (var pair = 0; pair < pairs; pair++)
            {
                var cell = ((first / 2) + pair) / stride % _cells;
                (row[pair], row[pairs + pair]) = ((cell + uniforms[pair]) * width, (cell + 1 - uniforms[pair]) * width);
            }
        }
    }
}
