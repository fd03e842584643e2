// C interface to LibTorch: the only door between Swift and C++.
//
// Every function that makes a tensor returns an owned handle, or NULL after a failure; every other
// fallible function returns 0 for success and -1 for failure. The message of the last failure on
// this thread is `ct_last_error()`. Handles are released with `ct_release`. No C++ type, exception
// or ownership rule crosses this header.
#ifndef CTORCH_H
#define CTORCH_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CTTensorObject *CTTensor;
typedef struct CTGeneratorObject *CTGenerator;
typedef struct CTProcessesObject *CTProcesses;
typedef struct CTRecorderObject *CTRecorder;
typedef struct CTPartObject *CTPart;

// ---- Library -------------------------------------------------------------------------------
const char *ct_last_error(void);
const char *ct_version(void);
// The path of the library that these functions are in; empty where the loader does not tell.
const char *ct_library_path(void);
void ct_initialize(void);
int ct_get_threads(void);
void ct_set_threads(int count);
// How many devices there are. Where CUDA finds none, `ct_last_error()` says why.
int ct_device_count(int device_type);
// Whether this LibTorch is built for such devices.
bool ct_has_device(int device_type);
int ct_synchronize(int device_type, int device_index);
// The most memory that tensors on a GPU have taken so far.
int ct_peak_bytes(int device_type, int device_index, int64_t *bytes);

// ---- Processor -------------------------------------------------------------------------------
// Features are those that both the processor and the operating system support, as a sum.
typedef enum {
  CT_AVX2 = 1,
  CT_AVX512F = 2,
  CT_AVX512_BF16 = 4,
  CT_AMX_BF16 = 8,
} CTProcessorFeature;
const char *ct_processor_vendor(void);
const char *ct_processor_model(void);
int ct_processor_features(void);
bool ct_has_onednn_products(void);
// Whether `ct_linear` may use them; not at first.
void ct_use_onednn_products(bool enabled);
// The same for the calling thread: 0 no, 1 yes, -1 as all others. The answer is what it was before.
int ct_choose_products(int choice);
// Whether it uses them on the calling thread.
bool ct_uses_onednn_products(void);

// ---- Lifetime and facts ----------------------------------------------------------------------
void ct_release(CTTensor t);
int ct_rank(CTTensor t);
void ct_shape(CTTensor t, int64_t *shape);
int64_t ct_count(CTTensor t);
int ct_dtype(CTTensor t);
int ct_device_type(CTTensor t);
int ct_device_index(CTTensor t);
bool ct_requires_grad(CTTensor t);
bool ct_is_contiguous(CTTensor t, int memory_format);
int ct_copy_out(CTTensor t, void *destination, int64_t byte_count);
int ct_item_double(CTTensor t, double *value);

// ---- Creation --------------------------------------------------------------------------------
CTTensor ct_from_bytes(const void *bytes, const int64_t *shape, int rank, int dtype);
CTTensor ct_empty(const int64_t *shape, int rank, int dtype, int device_type, int device_index);
CTTensor ct_full(const int64_t *shape, int rank, double value, int dtype, int device_type,
                 int device_index);
CTTensor ct_arange(int64_t start, int64_t end, int64_t step, int dtype, int device_type,
                   int device_index);
CTTensor ct_linspace(double start, double end, int64_t steps, int dtype, int device_type,
                     int device_index);
CTTensor ct_eye(int64_t n, int dtype, int device_type, int device_index);

// ---- Random ----------------------------------------------------------------------------------
// Random functions draw from the generators that this thread has made current, and where it has made
// none (NULL) from the process's own.
CTGenerator ct_generator_new(uint64_t seed, int device_type, int device_index);
void ct_generator_release(CTGenerator generators);
int ct_generator_seed(CTGenerator generators, uint64_t seed);
// Returns what was current before. The caller keeps `generators` alive while they are current.
CTGenerator ct_generator_make_current(CTGenerator generators);
int ct_manual_seed(uint64_t seed);
CTTensor ct_rng_state(int device_type, int device_index);
int ct_set_rng_state(int device_type, int device_index, CTTensor state);
CTTensor ct_randn(const int64_t *shape, int rank, int dtype, int device_type, int device_index);
CTTensor ct_uniform(const int64_t *shape, int rank, double low, double high, int dtype,
                    int device_type, int device_index);
CTTensor ct_randint(const int64_t *shape, int rank, int64_t low, int64_t high, int device_type,
                    int device_index);
CTTensor ct_randperm(int64_t n, int device_type, int device_index);
CTTensor ct_bernoulli(const int64_t *shape, int rank, double p, int dtype, int device_type,
                      int device_index);
CTTensor ct_dropout(CTTensor t, double p);

// ---- Conversion ------------------------------------------------------------------------------
CTTensor ct_to_dtype(CTTensor t, int dtype);
CTTensor ct_to_device(CTTensor t, int device_type, int device_index, bool non_blocking);
CTTensor ct_contiguous(CTTensor t, int memory_format);
CTTensor ct_with_strides_of(CTTensor t, int memory_format);
CTTensor ct_clone(CTTensor t);
int ct_copy_in_place(CTTensor destination, CTTensor source);

// ---- Pointwise -------------------------------------------------------------------------------
CTTensor ct_add(CTTensor a, CTTensor b, double alpha);
CTTensor ct_sub(CTTensor a, CTTensor b);
CTTensor ct_mul(CTTensor a, CTTensor b);
CTTensor ct_div(CTTensor a, CTTensor b);
CTTensor ct_add_scalar(CTTensor a, double b);
CTTensor ct_mul_scalar(CTTensor a, double b);
CTTensor ct_div_scalar(CTTensor a, double b);
CTTensor ct_rsub_scalar(CTTensor a, double b);
CTTensor ct_pow_scalar(CTTensor a, double exponent);
CTTensor ct_maximum(CTTensor a, CTTensor b);
CTTensor ct_minimum(CTTensor a, CTTensor b);
CTTensor ct_atan2(CTTensor a, CTTensor b);
CTTensor ct_lerp(CTTensor a, CTTensor b, double weight);
CTTensor ct_lerp_tensor(CTTensor a, CTTensor b, CTTensor weight);
CTTensor ct_clamp(CTTensor t, double low, double high);
CTTensor ct_where(CTTensor condition, CTTensor a, CTTensor b);
CTTensor ct_masked_fill(CTTensor t, CTTensor mask, double value);
CTTensor ct_neg(CTTensor t);
CTTensor ct_abs(CTTensor t);
CTTensor ct_exp(CTTensor t);
CTTensor ct_log(CTTensor t);
CTTensor ct_log1p(CTTensor t);
CTTensor ct_sqrt(CTTensor t);
CTTensor ct_rsqrt(CTTensor t);
CTTensor ct_square(CTTensor t);
CTTensor ct_reciprocal(CTTensor t);
CTTensor ct_sin(CTTensor t);
CTTensor ct_cos(CTTensor t);
CTTensor ct_acos(CTTensor t);
CTTensor ct_sign(CTTensor t);
CTTensor ct_floor(CTTensor t);
CTTensor ct_round(CTTensor t);
CTTensor ct_isfinite(CTTensor t);
CTTensor ct_logical_not(CTTensor t);
CTTensor ct_logical_and(CTTensor a, CTTensor b);
CTTensor ct_logical_or(CTTensor a, CTTensor b);
CTTensor ct_eq(CTTensor a, CTTensor b);
CTTensor ct_lt(CTTensor a, CTTensor b);
CTTensor ct_gt(CTTensor a, CTTensor b);
CTTensor ct_le(CTTensor a, CTTensor b);
CTTensor ct_ge(CTTensor a, CTTensor b);
CTTensor ct_eq_scalar(CTTensor a, double b);
CTTensor ct_lt_scalar(CTTensor a, double b);
CTTensor ct_gt_scalar(CTTensor a, double b);

// ---- Reductions ------------------------------------------------------------------------------
// An empty list of axes reduces over all of them.
CTTensor ct_sum(CTTensor t, const int64_t *axes, int n, bool keep);
CTTensor ct_mean(CTTensor t, const int64_t *axes, int n, bool keep);
CTTensor ct_var(CTTensor t, const int64_t *axes, int n, bool unbiased, bool keep);
CTTensor ct_amax(CTTensor t, const int64_t *axes, int n, bool keep);
CTTensor ct_amin(CTTensor t, const int64_t *axes, int n, bool keep);
CTTensor ct_logsumexp(CTTensor t, int64_t axis, bool keep);
CTTensor ct_vector_norm(CTTensor t, double order, const int64_t *axes, int n, bool keep);
CTTensor ct_prod(CTTensor t, int64_t axis, bool keep);
CTTensor ct_cumsum(CTTensor t, int64_t axis);
CTTensor ct_argmax(CTTensor t, int64_t axis, bool keep);
CTTensor ct_argmin(CTTensor t, int64_t axis, bool keep);
CTTensor ct_any(CTTensor t);
CTTensor ct_all(CTTensor t);
int ct_topk(CTTensor t, int64_t k, int64_t axis, bool largest, CTTensor *values,
            CTTensor *indices);
int ct_sort(CTTensor t, int64_t axis, bool descending, CTTensor *values, CTTensor *indices);
CTTensor ct_bincount(CTTensor t, int64_t minimum_length);

// ---- Shape and indexing ----------------------------------------------------------------------
CTTensor ct_reshape(CTTensor t, const int64_t *shape, int rank);
CTTensor ct_expand(CTTensor t, const int64_t *shape, int rank);
CTTensor ct_permute(CTTensor t, const int64_t *axes, int rank);
CTTensor ct_transpose(CTTensor t, int64_t a, int64_t b);
CTTensor ct_flatten(CTTensor t, int64_t start, int64_t end);
CTTensor ct_squeeze(CTTensor t, int64_t axis);
CTTensor ct_unsqueeze(CTTensor t, int64_t axis);
CTTensor ct_cat(const CTTensor *tensors, int n, int64_t axis);
CTTensor ct_stack(const CTTensor *tensors, int n, int64_t axis);
CTTensor ct_narrow(CTTensor t, int64_t axis, int64_t start, int64_t length);
CTTensor ct_slice(CTTensor t, int64_t axis, int64_t start, int64_t end, int64_t step);
CTTensor ct_select(CTTensor t, int64_t axis, int64_t index);
CTTensor ct_index_select(CTTensor t, int64_t axis, CTTensor index);
CTTensor ct_gather(CTTensor t, int64_t axis, CTTensor index);
CTTensor ct_repeat(CTTensor t, const int64_t *counts, int n);
CTTensor ct_repeat_interleave(CTTensor t, int64_t count, int64_t axis);
CTTensor ct_flip(CTTensor t, const int64_t *axes, int n);
CTTensor ct_roll(CTTensor t, int64_t shift, int64_t axis);
CTTensor ct_one_hot(CTTensor t, int64_t classes);
int ct_index_copy(CTTensor t, int64_t axis, CTTensor index, CTTensor source);
CTTensor ct_tril(CTTensor t, int64_t diagonal);

// ---- Linear algebra --------------------------------------------------------------------------
CTTensor ct_matmul(CTTensor a, CTTensor b);
CTTensor ct_linear(CTTensor input, CTTensor weight, CTTensor bias);
CTTensor ct_cdist(CTTensor a, CTTensor b, double p);
int ct_eigh(CTTensor t, CTTensor *values, CTTensor *vectors);

// ---- Convolution, resampling, padding ----------------------------------------------------------
// `stride`, `padding`, `dilation` and `output_padding` hold two numbers (height, width).
CTTensor ct_conv2d(CTTensor input, CTTensor weight, CTTensor bias, const int64_t *stride,
                   const int64_t *padding, const int64_t *dilation, int64_t groups);
CTTensor ct_conv_transpose2d(CTTensor input, CTTensor weight, CTTensor bias,
                             const int64_t *stride, const int64_t *padding,
                             const int64_t *output_padding, int64_t groups);
CTTensor ct_avg_pool2d(CTTensor t, int64_t kernel, int64_t stride, int64_t padding);
CTTensor ct_sum_pool2d(CTTensor t, int64_t kernel, int64_t stride, int64_t padding);
CTTensor ct_max_pool2d(CTTensor t, int64_t kernel, int64_t stride, int64_t padding);
CTTensor ct_adaptive_avg_pool2d(CTTensor t, int64_t height, int64_t width);
CTTensor ct_adaptive_max_pool2d(CTTensor t, int64_t height, int64_t width);
CTTensor ct_upsample_nearest2d(CTTensor t, int64_t height, int64_t width);
CTTensor ct_upsample_bilinear2d(CTTensor t, int64_t height, int64_t width, bool antialias);
CTTensor ct_upsample_bicubic2d(CTTensor t, int64_t height, int64_t width, bool antialias);
CTTensor ct_pixel_shuffle(CTTensor t, int64_t factor);
CTTensor ct_pad(CTTensor t, const int64_t *pad, int n, int mode, double value);

// ---- Normalisation and regularisation ----------------------------------------------------------
// Mean and biased variance [C] over all axes but the second, outside any graph.
int ct_batch_moments(CTTensor t, CTTensor *mean, CTTensor *variance);
// v · g / ‖v‖, the norms over all axes but the first, which g alone has.
CTTensor ct_weight_norm(CTTensor v, CTTensor g);
// Weight and bias are [C], or [N, C]: every image's own. What comes out negative is multiplied by `slope`: 0 makes
// a ReLU, 1 leaves everything as it is; or by `slopes`, [1] or [C], if they are given. Then `more` is added, if it is
// given.
CTTensor ct_batch_norm(CTTensor t, CTTensor weight, CTTensor bias, CTTensor running_mean,
                       CTTensor running_var, bool training, double momentum, double eps,
                       double slope, CTTensor slopes, CTTensor more);
CTTensor ct_instance_norm(CTTensor t, CTTensor weight, CTTensor bias, double eps, double slope,
                          CTTensor slopes, CTTensor more);
CTTensor ct_layer_norm(CTTensor t, const int64_t *shape, int rank, CTTensor weight, CTTensor bias,
                       double eps);
// w / σ by one power iteration from `u`, which is overwritten with its result if `moves`.
CTTensor ct_spectral_norm(CTTensor w, CTTensor u, bool moves);
// t · gain + offset, which are broadcast.
CTTensor ct_modulate(CTTensor t, CTTensor gain, CTTensor offset);
CTTensor ct_embedding(CTTensor weight, CTTensor indices);

// ---- Activations -----------------------------------------------------------------------------
CTTensor ct_relu(CTTensor t);
CTTensor ct_leaky_relu(CTTensor t, double slope);
CTTensor ct_prelu(CTTensor t, CTTensor weight);
CTTensor ct_elu(CTTensor t, double alpha);
CTTensor ct_gelu(CTTensor t);
CTTensor ct_silu(CTTensor t);
CTTensor ct_tanh(CTTensor t);
CTTensor ct_sigmoid(CTTensor t);
CTTensor ct_softplus(CTTensor t);
CTTensor ct_log_sigmoid(CTTensor t);
CTTensor ct_softmax(CTTensor t, int64_t axis);
CTTensor ct_log_softmax(CTTensor t, int64_t axis);
// These overwrite their argument, whose old values no gradient may need.
int ct_relu_in_place(CTTensor t);
int ct_leaky_relu_in_place(CTTensor t, double slope);
int ct_hardtanh_in_place(CTTensor t, double low, double high);
int ct_tanh_in_place(CTTensor t);

// ---- Losses (reduction: 0 none, 1 mean, 2 sum) ---------------------------------------------------
CTTensor ct_mse_loss(CTTensor prediction, CTTensor target, int reduction);
CTTensor ct_l1_loss(CTTensor prediction, CTTensor target, int reduction);
CTTensor ct_smooth_l1_loss(CTTensor prediction, CTTensor target, int reduction, double beta);
CTTensor ct_bce_with_logits(CTTensor logits, CTTensor target, int reduction);
CTTensor ct_cross_entropy(CTTensor logits, CTTensor labels, int reduction, double smoothing);

// ---- Automatic differentiation -----------------------------------------------------------------
int ct_set_requires_grad(CTTensor t, bool value);
CTTensor ct_detach(CTTensor t);
bool ct_grad_enabled(void);
void ct_set_grad_enabled(bool enabled);
// Fills `gradients` (NULL where an input is not reached and `allow_unused` holds).
int ct_grad(const CTTensor *outputs, const CTTensor *cotangents, int output_count,
            const CTTensor *inputs, int input_count, bool retain_graph, bool create_graph,
            bool allow_unused, CTTensor *gradients);

// ---- Autocast --------------------------------------------------------------------------------
bool ct_autocast_enabled(int device_type);
int ct_autocast_begin(int device_type, int dtype);
void ct_autocast_end(int device_type);
// Inside an autocast: whether it acts.
void ct_autocast_set_enabled(int device_type, bool enabled);

// ---- Updates of many tensors in place, outside any graph ------------------------------------------
// `skipped`: NULL, or a float32 number on the parameters' device, 1 where all is to stay as it is.
int ct_fused_adam(const CTTensor *parameters, const CTTensor *gradients, const CTTensor *first,
                  const CTTensor *second, int n, CTTensor step, CTTensor skipped, double rate,
                  double beta1, double beta2, double eps, double weight_decay);
int ct_fused_sgd(const CTTensor *parameters, const CTTensor *gradients, const CTTensor *momenta,
                 int n, double rate, double momentum, double weight_decay, bool first_step);
// As PyTorch's RMSprop; the second moments only.
int ct_fused_rmsprop(const CTTensor *parameters, const CTTensor *gradients,
                     const CTTensor *squares, int n, CTTensor skipped, double rate, double alpha,
                     double eps);
int ct_foreach_add(const CTTensor *targets, const CTTensor *others, int n, double alpha);
int ct_foreach_mul_scalar(const CTTensor *targets, int n, double factor);
int ct_foreach_lerp(const CTTensor *targets, const CTTensor *others, int n, double weight);
int ct_foreach_clamp(const CTTensor *targets, int n, double low, double high);
int ct_foreach_copy(const CTTensor *targets, const CTTensor *others, int n);
// Fill `results` with the tensors made so short that all together, or each, are at most `limit` long.
int ct_foreach_clip(const CTTensor *tensors, int n, double limit, CTTensor *results);
int ct_foreach_clip_each(const CTTensor *tensors, int n, double limit, CTTensor *results);
int ct_increment(CTTensor t);

// ---- Processes -------------------------------------------------------------------------------
// Joins `count` processes that find each other at an address, as number `rank`. What lies on processors
// travels by Gloo, what lies on GPUs by NCCL where the library was compiled for it. Exactly one process
// may be the server there; none where a launcher is. An address that `lasts` is of these processes alone, which may
// join there once more. `seconds` is how long one waits for the others, each time.
CTProcesses ct_processes_join(const char *host, int port, const char *keys, bool is_server, bool lasts,
                              int rank, int count, int device_type, int device_index,
                              double seconds);
void ct_processes_release(CTProcesses group);
// All processes call the functions below in one order, with tensors of equal shapes and types.
// The sum as a part of the graph.
CTTensor ct_processes_sum(CTProcesses group, CTTensor t);
CTTensor ct_processes_max(CTProcesses group, CTTensor t);
// Fills `results` with the tensors of all, by rank.
int ct_processes_gather(CTProcesses group, CTTensor t, CTTensor *results);
// Makes the tensors what they are in process 0.
int ct_processes_broadcast(CTProcesses group, const CTTensor *tensors, int n);
// Fills `results` with the means of tensors, which travel in buckets of about so many bytes.
int ct_processes_average(CTProcesses group, const CTTensor *tensors, int n, int64_t bucket_bytes,
                         CTTensor *results);
// The same of the gradients of a loss, each bucket on its way while the rest is computed; zeros for
// parameters that the loss does not depend on.
int ct_processes_grad(CTProcesses group, CTTensor loss, const CTTensor *parameters, int n,
                      int64_t bucket_bytes, CTTensor *results);

// ---- Steps that a device repeats ---------------------------------------------------------------
// Whether such devices can record work, so that they repeat it without being told its operations again.
bool ct_can_record(int device_type);
// A recorder for a device with the generators of what is drawn (NULL: the process's own). Its parts share
// memory, and must be repeated in the order in which they were recorded.
CTRecorder ct_recorder_new(int device_type, int device_index, CTGenerator generators);
void ct_recorder_release(CTRecorder recorder);
// What this thread lets the device do from `enter` to `leave` goes to the recorder's stream; both wait.
int ct_recorder_enter(CTRecorder recorder);
int ct_recorder_leave(CTRecorder recorder);
// What it lets the device do from `begin` to `end` is not done, but recorded. NULL where something could not be.
int ct_recorder_begin(CTRecorder recorder);
CTPart ct_recorder_end(CTRecorder recorder);
int ct_part_repeat(CTPart part);
void ct_part_release(CTPart part);

// ---- Operations of a step ----------------------------------------------------------------------
// Takes down the operations of this thread, a line each: shapes of tensors, and all other arguments.
int ct_log_begin(void);
// Valid until the next call on this thread.
const char *ct_log_end(void);
// Adds up how long this thread takes for convolutions and products of matrices, forward and back.
int ct_timing_begin(void);
int ct_timing_end(double *seconds);

// ---- Recording -------------------------------------------------------------------------------
typedef struct CTModuleObject *CTModule;
// Computes a tensor, which it keeps until its next call, from tensors that it takes over.
typedef CTTensor (*CTFunction)(void *context, const CTTensor *inputs);
// Records what a function does with `n` tensors as TorchScript. It is called twice; lengths of the first input that
// differ between `first` and `second` stay free. Parameters become the module's, under their keys.
CTModule ct_trace(CTFunction function, void *context, const CTTensor *first,
                  const CTTensor *second, const char *const *input_names, int n,
                  const CTTensor *parameters, const char *const *keys, int parameter_count);
void ct_module_release(CTModule module);
// The keys of the parameters that matter, a line for each.
const char *ct_module_keys(CTModule module);
// The operations as JSON: `inputs`, `outputs` and `nodes`; a constant tensor is there by its index.
const char *ct_module_operations(CTModule module);
CTTensor ct_module_constant(CTModule module, int64_t index);
CTTensor ct_module_run(CTModule module, const CTTensor *inputs, int n);
// Writes the file that PyTorch opens with torch.jit.load; `facts` lie in it as swiftgan.json.
int ct_module_save(CTModule module, const char *path, const char *facts);

#ifdef __cplusplus
}
#endif
#endif
