namespace Headrace.Mpi;

/// <summary>Specifies how a reduction combines the values of the ranks.</summary>
public enum ReduceOperation
{
    /// <summary>
    /// The sum. The order of the additions is not defined, so the last digits of a sum of floating-point numbers depend
    /// on the number of ranks.
    /// </summary>
    Sum,

    /// <summary>The product. The order of the multiplications is not defined either.</summary>
    Product,

    /// <summary>The smallest value.</summary>
    Min,

    /// <summary>The largest value.</summary>
    Max,

    /// <summary>The bitwise AND of integers.</summary>
    And,

    /// <summary>The bitwise OR of integers.</summary>
    Or,

    /// <summary>The bitwise exclusive OR of integers.</summary>
    Xor,
}
