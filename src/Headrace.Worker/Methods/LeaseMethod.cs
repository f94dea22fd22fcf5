using Headrace.Core;
using Headrace.Worker.Exchange;

namespace Headrace.Worker.Methods;

/// <summary>
/// Represents a stream or batch method. Its binding delegate creates the input of one job; parameters are bound and
/// validated as for any other method.
/// </summary>
internal abstract class LeaseMethod<TInput>(MethodRef name, Delegate bind) : Method(name, bind, typeof(TInput))
{
    /// <summary>
    /// Creates the input of one job. Throws the exceptions of the binding delegate, and
    /// <see cref="JobRejectedException"/> for invalid parameters.
    /// </summary>
    public TInput Read(JobAttempt attempt) => (TInput)Call(attempt)!;
}
